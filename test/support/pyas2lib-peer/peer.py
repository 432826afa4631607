"""A partner on AS2 made of pyas2lib: takes messages and receipts at /as2, sends what it is told at /send.

Run as: peer.py CONFIG.json. Prints the port it listens on as its first line.
"""

import http.client
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from pyas2lib import Mdn, Message, Organization, Partner

with open(sys.argv[1], encoding="utf-8") as file:
    CONFIG = json.load(file)

SENT = {}
LATER = {}
ARRIVED = threading.Condition()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def organization(port):
    key = read(CONFIG["ownKey"])
    return Organization(
        as2_name=CONFIG["ownName"],
        sign_key=key,
        sign_key_pass="",
        decrypt_key=key,
        decrypt_key_pass="",
        mdn_url=f"http://127.0.0.1:{port}/as2",
        domain="pyas2lib.example",
    )


def partner(**settings):
    certificate = read(CONFIG["partnerCertificate"])
    return Partner(
        as2_name=CONFIG["partnerName"],
        verify_cert=certificate,
        encrypt_cert=certificate,
        validate_certs=False,
        **settings,
    )


def post(url, headers, body):
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path or "/", body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


def raw(headers, body):
    return b"".join(f"{name}: {value}\r\n".encode() for name, value in headers) + b"\r\n" + body


def settle(status, details, message_id):
    with ARRIVED:
        LATER[message_id] = [status, details]
        ARRIVED.notify_all()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            if size == 0:
                while self.rfile.readline().strip():
                    pass
                return b"".join(pieces)
            pieces.append(self.rfile.read(size))
            self.rfile.readline()

    def answer(self, headers, body, status=200):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.body()
        if self.path == "/send":
            result = json.dumps(self.send(json.loads(body))).encode()
            self.answer([("Content-Type", "application/json")], result)
        else:
            self.receive(raw(self.headers.items(), body))

    def receive(self, content):
        mdn = Mdn()
        status, details = mdn.parse(content, lambda message_id, _: SENT.get(message_id))
        if details != "mdn-not-found":
            self.answer([], b"")
            settle(status, details, mdn.orig_message_id)
            return
        message = Message()
        own = organization(self.server.server_port)
        status, exception, mdn = message.parse(content, lambda _: own, lambda _: partner())
        record = {
            "status": status,
            "error": None if exception[0] is None else repr(exception[0]),
            "messageId": message.message_id,
            "signed": message.signed,
            "encrypted": message.encrypted,
            "compressed": message.compressed,
        }
        if exception[0] is None:
            name = message.payload.get_filename() or "unnamed"
            with open(os.path.join(CONFIG["folder"], os.path.basename(name)), "wb") as file:
                file.write(message.content)
            record["name"] = name
        with open(os.path.join(CONFIG["folder"], "log.ndjson"), "a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        if mdn is None or mdn.mdn_mode == "ASYNC":
            self.answer([], b"")
            self.wfile.flush()
            if mdn is not None:
                post(mdn.mdn_url, mdn.headers, mdn.content)
        else:
            self.answer(mdn.headers.items(), mdn.content)

    def send(self, order):
        message = Message(
            sender=organization(self.server.server_port),
            receiver=partner(**order["settings"]),
        )
        message.build(
            read(order["file"]),
            filename=order["name"],
            subject=order["name"],
            content_type=order["contentType"],
        )
        SENT[message.message_id] = message
        status, headers, body = post(order["url"], message.headers, message.content)
        mode = order["settings"].get("mdn_mode")
        if mode is None:
            return {"http": status, "status": None, "details": None}
        if mode == "ASYNC":
            with ARRIVED:
                ARRIVED.wait_for(lambda: message.message_id in LATER, timeout=30)
                found = LATER.get(message.message_id, ["no MDN came", None])
            return {"http": status, "status": found[0], "details": found[1]}
        found = Mdn().parse(raw(headers, body), lambda message_id, _: SENT.get(message_id))
        return {"http": status, "status": found[0], "details": found[1]}


SERVER = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(SERVER.server_port, flush=True)
SERVER.serve_forever()
