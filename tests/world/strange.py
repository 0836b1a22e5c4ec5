"""Servers that misbehave, each on a port of 127.0.0.1 and each in a few threads of the test process."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from abc import ABC, abstractmethod
from typing import Self


class Server(ABC):
    """Accepts, and does with each connection what :meth:`serve` says. ``accepted`` counts connections."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                one, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            self._open.append(one)
            threading.Thread(target=self._serve, args=(one,), daemon=True).start()

    def _serve(self, one: socket.socket) -> None:
        with contextlib.suppress(OSError):
            self.serve(one)

    @abstractmethod
    def serve(self, one: socket.socket) -> None:
        """What it does with one connection."""

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Silent(Server):
    """Takes everything, answers nothing."""

    def serve(self, one: socket.socket) -> None:
        while one.recv(65536):
            pass


class Banner(Server):
    """Says that it is an SSH server, and no more."""

    def serve(self, one: socket.socket) -> None:
        one.sendall(b"SSH-2.0-x\r\n")
        while one.recv(65536):
            pass


class Dribbling(Server):
    """Answers HTTP one byte per quarter of a second, for ever."""

    def serve(self, one: socket.socket) -> None:
        one.recv(65536)
        one.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\n")
        while True:
            one.sendall(b".")
            time.sleep(0.25)


class Answering(Server):
    """Answers every HTTP request with the same bytes, and keeps the requests."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        super().__init__()

    def serve(self, one: socket.socket) -> None:
        self.requests.append(one.recv(65536))
        one.sendall(self.answer)
        one.close()


class Proxy(Server):
    """Passes everything on to `port`, each direction `delay` seconds late. ``turns`` counts how often the
    client spoke after the server did: the round trips of all connections together; ``carried`` the bytes, both ways."""

    def __init__(self, port: int, delay: float = 0.0) -> None:
        self.target, self.delay = port, delay
        self.turns = self.carried = 0
        self._spoke = ""
        self._lock = threading.Lock()
        super().__init__()

    def serve(self, one: socket.socket) -> None:
        far = socket.create_connection(("127.0.0.1", self.target))
        self._open.append(far)
        for side in (one, far):
            side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        back = threading.Thread(target=self._pass, args=(far, one, "server"), daemon=True)
        back.start()
        self._pass(one, far, "client")
        back.join()

    def _pass(self, source: socket.socket, sink: socket.socket, who: str) -> None:
        # Reading goes on while what was read waits, so that a delay is no limit on throughput.
        waiting: list[tuple[float, bytes]] = []
        ready = threading.Condition()

        def deliver() -> None:
            with contextlib.suppress(OSError):
                while True:
                    with ready:
                        ready.wait_for(lambda: bool(waiting))
                        due, data = waiting.pop(0)
                    time.sleep(max(0.0, due - time.monotonic()))
                    if not data:
                        sink.shutdown(socket.SHUT_WR)
                        return
                    with self._lock:
                        if who == "client" and self._spoke != "client":
                            self.turns += 1
                        self._spoke = who
                        self.carried += len(data)
                    sink.sendall(data)

        courier = threading.Thread(target=deliver, daemon=True)
        courier.start()
        data = b"-"
        while data:
            try:
                data = source.recv(262_144)
            except OSError:
                data = b""
            with ready:
                waiting.append((time.monotonic() + self.delay, data))
                ready.notify()
        courier.join()
