"""A name server of our own: dnslib's, on loopback, for UDP and TCP."""

import time
from typing import Any

from dnslib import QTYPE, RCODE, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSLogger, DNSServer


class Names(BaseResolver):
    """`texts`: name -> TXT records. A name in `silent` gets no answer in time, one in `failing` SERVFAIL."""

    def __init__(self, port: int) -> None:
        self.texts: dict[str, list[str | bytes]] = {}
        self.silent: set[str] = set()
        self.failing: set[str] = set()
        self.asked: list[str] = []
        quiet = DNSLogger(log="-request,-reply,-truncated,-error")
        self._servers = [
            DNSServer(self, address="127.0.0.1", port=port, tcp=tcp, logger=quiet) for tcp in (False, True)
        ]

    def resolve(self, request: DNSRecord, handler: Any) -> DNSRecord:
        name = str(request.q.qname).rstrip(".").lower()
        self.asked.append(name)
        reply = request.reply()
        if name in self.silent:
            time.sleep(1.5)
        if name in self.failing:
            reply.header.rcode = RCODE.SERVFAIL
        elif name not in self.texts:
            reply.header.rcode = RCODE.NXDOMAIN
        for text in self.texts.get(name, ()):
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, rdata=TXT(text), ttl=0))
        return reply

    def start(self) -> None:
        for server in self._servers:
            server.start_thread()

    def stop(self) -> None:
        for server in self._servers:
            server.stop()
            server.server.server_close()
