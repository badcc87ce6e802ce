"""The measurements that `understudy bench` prints; knows nothing of the command line."""
