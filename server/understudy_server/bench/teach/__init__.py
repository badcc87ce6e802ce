"""`understudy bench teach`: does what was learned help, whom, and beside what else. Arms over one dataset, judged alike."""
