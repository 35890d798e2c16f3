"""Five stores to look at, each sold on another way, loaded through the platform's own API."""

DEMO_PASSWORD = "tradehall-demo"
