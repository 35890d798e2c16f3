/* Shows what is pushed, and opens what it is about. It keeps nothing and answers no requests. */
"use strict";
self.addEventListener("push", (event) => {
  if (!event.data) return;
  const told = event.data.json();
  event.waitUntil(self.registration.showNotification(told.title, { body: told.body, tag: told.tag, data: { url: told.url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  if (url.origin === self.location.origin) event.waitUntil(self.clients.openWindow(url.href));
});
