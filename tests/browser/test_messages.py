"""Push messages in a real browser: asked for by a button, shown by the service worker, nothing refused by the content policy.

The push service alone is played: the browser's own cannot be reached here.
"""

import asyncio
import json
from typing import Any

from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.journeys.shop import People
from tests.journeys.test_tenancy import BROWSER

SUBSCRIBE = """PushManager.prototype.subscribe = async function (wanted) {
  window.wanted = { visible: wanted.userVisibleOnly, key: wanted.applicationServerKey.length };
  return { toJSON: () => (%s) };
};"""


async def test_a_browser_shows_what_is_pushed_once_it_was_asked_for(visit: Visit, people: People) -> None:
    buyer = await people.shopper("bazaar")
    shopper = await visit("bazaar")
    page, context = shopper.page, shopper.page.context
    await context.grant_permissions(["notifications"])
    await page.add_init_script(SUBSCRIBE % json.dumps(BROWSER))
    await shopper.sign_in(buyer.email, "/login?next=/account/messages")
    await expect(shopper.title()).to_have_text("Messages you get")
    await shopper.button("Show messages in this browser").click()
    await expect(page.get_by_text("This browser shows messages from now on.")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text="Chrome")).to_contain_text("since")

    protocol = await context.new_cdp_session(page)
    found: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def registered(told: dict[str, Any]) -> None:
        if told["registrations"] and not found.done():
            found.set_result(told["registrations"][0])

    protocol.on("ServiceWorker.workerRegistrationUpdated", registered)
    await protocol.send("ServiceWorker.enable")
    registration = await asyncio.wait_for(found, 20)
    told = {"title": "Bazaar", "body": "A parcel has arrived.", "tag": "abc", "url": f"{shopper.address}/orders"}
    for body in ("A parcel has arrived.", "A parcel has arrived."):  # sent twice, it is shown once
        push = {"origin": shopper.address, "registrationId": registration["registrationId"]}
        await protocol.send("ServiceWorker.deliverPushMessage", push | {"data": json.dumps(told | {"body": body})})
    shown = """async () => {
      const worker = await navigator.serviceWorker.ready;
      return (await worker.getNotifications()).map((one) => [one.title, one.body, one.tag, one.data.url]);
    }"""
    for _ in range(100):
        if found_now := await page.evaluate(shown):
            break
        await asyncio.sleep(0.1)
    assert found_now == [["Bazaar", "A parcel has arrived.", "abc", f"{shopper.address}/orders"]]

    await shopper.button("Take out Chrome on Linux").click()
    await expect(page.get_by_text("That browser is taken out.")).to_be_visible()
    assert (await buyer.get("/api/v1/me/devices"))["items"] == []
