// The window of a user whose setting names no server.
export default async function offline(window) {
  const status = await window.status(/offline/);
  const { message } = await window.notification(/Understudy is offline/);
  const notifications = await window.page.locator(".notifications-toasts .notification-list-item").count();
  return { status, message, notifications };
}
