"""
The runtime of one execution environment: loads the handler, then asks the Lambda Runtime API for one invocation after the
other. Standard library only.
"""
import decimal
import http.client
import importlib
import json
import os
import sys
import threading
import time
import traceback

import aws_hosts  # noqa: F401  leads calls of AWS to the runner, from here on
from lambda_logging import add_root_handler
from lambda_paths import map_lambda_paths

PREFIX = "/2018-06-01/runtime"

# So much time is left to what ends this process with all that came of it.
REAPER_SECONDS = 1


class Context:
    """What a handler is told about its invocation."""

    identity = None
    client_context = None

    def __init__(self, headers):
        self._deadline = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline - int(time.time() * 1000))


class LoadError(Exception):
    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def main():
    # The runner holds the other end: when it is gone, so are we. It says when to begin: once this process would be ended with it.
    if not sys.stdin.buffer.read(1):
        os._exit(0)
    threading.Thread(target=leave_with_runner, daemon=True).start()
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    map_lambda_paths(os.environ["LAMBDA_TASK_ROOT"], sys.argv[1:])
    del sys.argv[1:]
    request_id = add_root_handler()
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        call(api, "POST", "/init/error", describe(error))
        os._exit(1)
    while True:
        headers, body = call(api, "GET", "/invocation/next")
        request_id.value = headers["Lambda-Runtime-Aws-Request-Id"]
        invoke(api, handler, headers, body)


def invoke(api, handler, headers, body):
    path = "/invocation/" + headers["Lambda-Runtime-Aws-Request-Id"]
    os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"] or ""
    call(api, "POST", path + "/started")
    try:
        result = handler(json.loads(body), Context(headers))
    except Exception as error:
        call(api, "POST", path + "/error", describe(error))
        return
    try:
        answer = json.dumps(result, ensure_ascii=False, default=serialise)
    except Exception as error:
        call(api, "POST", path + "/error", describe(LoadError("Runtime.MarshalError", f"Unable to marshal response: {error}")))
        return
    call(api, "POST", path + "/response", answer)


def serialise(value):
    """What JSON does not know, as Lambda's runtime writes it: the numbers of DynamoDB."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def load_handler(specification):
    """`folder/file.name` is `name` of the module `folder.file`."""
    module_name, separator, name = specification.rpartition(".")
    if not separator:
        raise LoadError("Runtime.MalformedHandlerName", f"Bad handler '{specification}': not enough values to unpack")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        hint = "; Lambda provides boto3: install it for the python3 on your PATH" if getattr(error, "name", "") in ("boto3", "botocore") else ""
        raise LoadError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}{hint}") from error
    except SyntaxError as error:
        raise LoadError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    handler = getattr(module, name, None)
    if not callable(handler):
        raise LoadError("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    return handler


def describe(error):
    """The error as the Runtime API takes it, with the frames of the handler's own code."""
    frames = [] if isinstance(error, LoadError) else traceback.format_tb(error.__traceback__)
    own = [line for frame in frames for line in frame.rstrip().split("\n") if not frame.startswith(f'  File "{__file__}"')]
    return json.dumps({
        "errorType": getattr(error, "error_type", type(error).__name__),
        "errorMessage": str(error),
        "trace": [str(error), *own],
    })


def call(api, method, path, body=None):
    try:
        api.request(method, PREFIX + path, None if body is None else body.encode("utf-8", "replace"))
        response = api.getresponse()
        return response.headers, response.read()
    except OSError:
        # The Runtime API does not answer any more: the runner is gone, or gives this environment up.
        leave()


def leave_with_runner():
    sys.stdin.buffer.read()
    leave()


def leave():
    # What the code started is found by this process: it is better ended with it.
    time.sleep(REAPER_SECONDS)
    os._exit(0)


main()
