"""Holds a running centre against control/plane/openapi.json: every answer is as the document says, and the document is one
by OpenAPI 3.1's own rules."""
import itertools
import json
import pathlib
import re
import urllib.request

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCUMENT = json.loads((ROOT / "control" / "plane" / "openapi.json").read_text())
LIVE = "/api/v1/live"
VALIDATOR = jsonschema.Draft202012Validator
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin"}


def _refs(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from _refs(one)
    elif isinstance(value, list):
        for one in value:
            yield from _refs(one)


def _resolve(ref):
    value = DOCUMENT
    for part in ref.removeprefix("#/").split("/"):
        value = value[part.replace("~1", "/").replace("~0", "~")]
    return value


def _whole(value):
    return _resolve(value["$ref"]) if "$ref" in value else value


def _parameters(path, operation):
    return [_whole(one) for one in DOCUMENT["paths"][path].get("parameters", []) + operation.get("parameters", [])]


def check_document():
    """Breaches of OpenAPI's rules that a schema cannot see, and schemas that are none."""
    assert DOCUMENT["openapi"].startswith("3.1."), DOCUMENT["openapi"]
    used = set(_refs(DOCUMENT))
    for ref in used:
        _resolve(ref)
    for kind in ("schemas", "parameters", "responses"):
        for name in DOCUMENT["components"][kind]:
            assert f"#/components/{kind}/{name}" in used, f"nothing uses {kind}/{name}"
    for name, schema in DOCUMENT["components"]["schemas"].items():
        VALIDATOR.check_schema(schema)
        if "properties" in schema:
            assert set(schema["required"]) <= set(schema["properties"]), name
            assert schema["additionalProperties"] is False, f"{name} lets anything pass"
    names = []
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            names.append(operation["operationId"])
            declared = {one["name"] for one in _parameters(path, operation) if one["in"] == "path"}
            assert declared == set(re.findall(r"{(\w+)}", path)), f"{path}: parameters of the path"
            assert "200" in operation["responses"] or "201" in operation["responses"], path
    assert len(names) == len(set(names)), "an operationId twice"


def _validate(schema, body, where):
    whole = {**schema, "components": DOCUMENT["components"]}
    errors = sorted(VALIDATOR(whole).iter_errors(body), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        first = errors[0]
        raise SystemExit(f"{where}: {'/'.join(map(str, first.absolute_path))}: {first.message[:300]}")


def _answer(centre, path, operation, where):
    status, headers, body = centre.ask(where)
    responses = operation["responses"]
    described = _whole(responses[str(status)] if str(status) in responses else responses["default"])
    _validate(described["content"]["application/json"]["schema"], json.loads(body), f"GET {where} ({status})")
    for name, value in HEADERS.items():
        assert headers[name] == value, f"{where}: {name} is {headers[name]}"
    assert "default-src 'none'" in headers["Content-Security-Policy"], where
    return status


def _choices(parameter, known):
    values = known.get(parameter["name"]) or parameter["schema"].get("enum") or []
    return [(parameter["name"], str(value)) for value in values] + ([] if parameter.get("required") else [None])


def check_answers(centre, known):
    """Asks every path with every value of its parameters; `known` are values for those that have no list. The number asked."""
    asked = 0
    for path, item in DOCUMENT["paths"].items():
        operation = item.get("get")
        if not operation or path == LIVE:
            continue
        parameters = _parameters(path, operation)
        for chosen in itertools.product(*(_choices(one, known) for one in parameters)):
            given = dict(pair for pair in chosen if pair)
            where = re.sub(r"{(\w+)}", lambda match: given[match[1]], path)
            query = "&".join(f"{one['name']}={given[one['name']]}" for one in parameters if one["in"] == "query" and one["name"] in given)
            status = _answer(centre, path, operation, where + (f"?{query}" if query else ""))
            assert status in (200, 404), f"{where}?{query}: {status}"
            asked += 1
    return asked


def _events(stream):
    """The events of an open answer, as {name, data}."""
    event = {}
    for line in stream:
        line = line.decode().rstrip("\n")
        if not line and event:
            yield event
            event = {}
        name, _, value = line.partition(": ")
        if name in ("event", "data"):
            event[name] = value


def check_live(centre):
    """Who follows gets the status at once, and a change when it is made."""
    with urllib.request.urlopen(centre.url + LIVE, timeout=60) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream", stream.headers
        events = _events(stream)
        first = next(events)
        assert first["event"] == "status", first
        _validate({"$ref": "#/components/schemas/Status"}, json.loads(first["data"]), "the first event")
        status, _, body = centre.ask("/api/v1/changes", {"what": "seen by who follows"})
        assert status == 201, body
        made = next(event for event in events if event["event"] == "change")
        change = json.loads(made["data"])
        assert (change["id"], change["what"]) == (json.loads(body)["id"], "seen by who follows"), change
        then = json.loads(first["data"])["now_unix_s"]  # the next may be of the same second
        assert any(event["event"] == "status" and json.loads(event["data"])["now_unix_s"] > then for event in events)


def check_refusals(centre):
    """What is wrong is named, with the parameter whose fault it is."""
    for where, status, parameter in [
            ("/api/v1/slos?range=2h", 400, "range"), ("/api/v1/slos?rnage=1h", 400, "rnage"),
            ("/api/v1/slos?range=1h&range=6h", 400, "range"), ("/api/v1/slos/checkout/success/burn?range=", 200, None),
            ("/api/v1/slos/checkout/success/burn?range=29d", 400, "range"), ("/api/v1/slos/checkout/success/budget?range=1h", 400, "range"),
            ("/api/v1/heatmap?objective=fast", 400, "journey"), ("/api/v1/journeys?journey=none", 404, "journey"),
            ("/api/v1/effects?journey=none", 404, "journey"), ("/api/v1/effects?effect=fast", 400, "effect"),
            ("/api/v1/incidents?open=maybe", 400, "open"), ("/api/v1/slos/checkout/success/gate?since=yesterday", 400, "since"),
            ("/api/v1/slos/checkout/success/gate?since=0", 400, "since"), ("/api/v1/slos/checkout/success/gate?since=", 400, "since"),
            ("/api/v1/slos/checkout/success/nothing", 404, None), ("/api/v1/slos/%3Cscript%3E/x", 404, None),
            ("/api/v1/incidents/999999", 404, None), ("/api/v1/changes/x", 404, None), ("/api/v1/export/yaml", 404, None)]:
        got, _, body = centre.ask(where)
        answer = json.loads(body)
        assert got == status, f"{where}: {got}"
        if status != 200:
            _validate({"$ref": "#/components/schemas/Problem"}, answer, where)
            assert answer.get("parameter") == parameter, f"{where}: {answer}"


def check_strangers(centre):
    """Another name, and a page of another site, get nothing and change nothing, whatever they send."""
    change = {"what": "by a stranger"}
    for host in ("evil.example", f"evil.example:{centre.port}", "127.0.0.1.evil.example"):
        for where, body in (("/api/v1/slos", None), ("/", None), ("/api/v1/changes", change)):
            status, _, answer = centre.ask(where, body, {"Host": host}.items())
            assert status == 421, f"{where} for {host}: {status}"
            _validate({"$ref": "#/components/schemas/Problem"}, json.loads(answer), where)
    for headers, expected in (({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403), ({"Content-Type": "text/plain"}, 415),
                              ({"Content-Type": "application/x-www-form-urlencoded"}, 415)):
        assert centre.ask("/api/v1/changes", change, headers.items())[0] == expected, headers
        assert centre.ask("/v1/frames", change, headers.items())[0] == (403 if "Origin" in headers else 415), headers
    assert not any(one["what"] == change["what"] for one in centre.json("/api/v1/changes")["changes"])
    for host in ("localhost", f"localhost:{centre.port}", "127.0.0.1"):
        assert centre.ask("/api/v1/slos", None, {"Host": host}.items())[0] == 200, host


def check_caching(centre):
    """Pages and the description are asked for again and answered by 304; figures are kept by nobody."""
    for path in ("/", "/app.js", "/page.css", "/theme.js", "/icon.svg", "/api/v1/openapi.json"):
        status, headers, body = centre.ask(path)
        assert status == 200 and body and headers["Cache-Control"] == "no-cache", path
        status, again, body = centre.ask(path, headers={"If-None-Match": f'"other", W/{headers["ETag"]}'}.items())
        assert (status, body, again["ETag"]) == (304, b"", headers["ETag"]), path
        assert centre.ask(path, headers={"If-None-Match": '"other"'}.items())[0] == 200, path
    assert centre.ask("/api/v1/slos")[1]["Cache-Control"] == "no-store"
