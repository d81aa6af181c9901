"""Adds Lambda's handler to the root logger. Without one, Python prints nothing below a warning, whatever the level."""
import logging
import sys
import time

FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"


class RequestId(logging.Filter):
    """Adds the id of the invocation to each record."""

    value = ""

    def filter(self, record):
        record.aws_request_id = self.value
        return True


def add_root_handler():
    """Returns the filter that needs the id of each invocation."""
    request_id = RequestId()
    formatter = logging.Formatter(FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    handler.addFilter(request_id)
    logging.getLogger().addHandler(handler)
    return request_id
