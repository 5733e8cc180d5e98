"""RabbitMQ's client, which waits for no answer without a limit.

While its alarm for disk or memory is on, RabbitMQ reads nothing from whoever has sent it something, not even "close":
py-amqp would wait for that answer for ever, and with it whoever takes papers in.
"""

# mypy: disable-error-code="no-untyped-call, misc"
# (kombu says that it is typed, but most of its functions carry no types)

from __future__ import annotations

from kombu.transport import TRANSPORT_ALIASES, pyamqp

ANSWER_SECONDS = 4  # to reach a broker over the network
LONGEST_SECONDS = 15  # for an answer, of a busy server too


class _Connection(pyamqp.Connection):
    def drain_events(self, timeout: float | None = None) -> None:
        """Read until something was dispatched. Who names no limit waits for an answer: when none comes, the connection
        is given up."""
        if timeout is not None:
            super().drain_events(timeout)
            return
        try:
            super().drain_events(LONGEST_SECONDS)
        except TimeoutError:
            self.collect()
            raise


class Transport(pyamqp.Transport):
    """amqp://"""

    Connection = _Connection


class SSLTransport(pyamqp.SSLTransport):
    """amqps://"""

    Connection = _Connection


TRANSPORT_ALIASES.update({"amqp": f"{__name__}:Transport", "amqps": f"{__name__}:SSLTransport"})
