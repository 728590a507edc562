// What every answer of the API has in common: its headers, and how it refuses.
#include "control/plane/answers.h"

#include <gtest/gtest.h>

#include "tests/unit/control/plane/centre.h"

namespace bellrock::plane {
namespace {

struct Refusal {
  const char* path;
  unsigned status;
  const char* error;
  const char* parameter;  // empty: none's fault
};

TEST(Answers, RefusalsNameTheParameterAndWhatWouldBeRight) {
  const Centre centre;
  for (const Refusal& one : std::initializer_list<Refusal>{
           {"/api/v1/slos?range=2h", 400, "bad_range", "range"},
           {"/api/v1/slos?rnage=1h", 400, "no_such_parameter", "rnage"},
           {"/api/v1/slos?range=1h&range=1h", 400, "parameter_twice", "range"},
           {"/api/v1/slos/checkout/fast/burn?range=1000d", 400, "bad_range", "range"},
           {"/api/v1/slos/checkout/fast/budget?range=1h", 400, "no_such_parameter", "range"},
           {"/api/v1/slos/checkout/fast/timeline?%72ange=1h&x", 400, "no_such_parameter", "x"},
           {"/api/v1/heatmap?objective=fast", 400, "missing_parameter", "journey"},
           {"/api/v1/heatmap?journey=checkout", 400, "missing_parameter", "objective"},
           {"/api/v1/heatmap?journey=checkout&objective=none", 404, "no_such_objective", ""},
           {"/api/v1/journeys?journey=none", 404, "no_such_journey", "journey"},
           {"/api/v1/incidents?open=1", 400, "bad_flag", "open"},
           {"/api/v1/changes?verdicts=no", 400, "bad_flag", "verdicts"},
           {"/api/v1/slos/checkout/fast/gate?since=-1", 400, "bad_since", "since"},
           {"/api/v1/slos/checkout/fast/gate?since=0", 400, "bad_since", "since"},
           {"/api/v1/slos/checkout/fast/gate?since=000", 400, "bad_since", "since"},
           {"/api/v1/slos/checkout/fast/gate?since=", 400, "bad_since", "since"},
           {"/api/v1/slos/checkout/fast/gate?since", 400, "bad_since", "since"},
           {"/api/v1/slos/checkout/fast/gate?since=1234567890123", 400, "bad_since", "since"},
           {"/api/v1/nodes?range=1h", 400, "no_such_parameter", "range"},
           {"/api/v1/incidents/0", 404, "no_such_incident", ""},
           {"/api/v1/incidents/99999999999999999999", 404, "no_such_incident", ""},
           {"/api/v1/changes/7", 404, "no_such_change", ""},
           {"/api/v1/slos/checkout/fast/none", 404, "not_found", ""},
           {"/api/v1/export/yaml", 404, "not_found", ""}}) {
    const auto reply = centre.get(one.path);
    EXPECT_EQ(reply.status, one.status) << one.path;
    const Json body = Json::parse(reply.body);
    EXPECT_EQ(body["error"], one.error) << one.path;
    EXPECT_EQ(body.value("parameter", ""), one.parameter) << one.path;
    EXPECT_FALSE(body["message"].get<std::string>().empty());
  }
}

TEST(Answers, AHostileParameterComesBackAsText) {
  const Centre centre;
  const auto reply = centre.get("/api/v1/slos?%3Cscript%3E%22%FF=1");
  EXPECT_EQ(reply.status, 400u);
  EXPECT_EQ(reply.content_type, "application/json");
  EXPECT_EQ(Json::parse(reply.body)["parameter"], "<script>\"\xEF\xBF\xBD");
}

TEST(Answers, EveryAnswerIsOfNoUseToAnotherSite) {
  Centre centre;
  for (const char* const path : {"/", "/app.js", "/api/v1/slos", "/api/v1/none", "/api/v1/openapi.json", "/metrics",
                                 "/healthz", "/readyz", "/v1/frames"}) {
    net::Request request;
    request.method = "GET";
    request.path = path;
    std::map<std::string, std::string> headers;
    centre.api.handle(std::move(request), [&](const net::Response& response) {
      for (const auto& [name, value] : response.headers) EXPECT_TRUE(headers.emplace(name, value).second) << name;
    });
    EXPECT_NE(headers["Content-Security-Policy"].find("default-src 'none'"), std::string::npos) << path;
    EXPECT_NE(headers["Content-Security-Policy"].find("frame-ancestors 'none'"), std::string::npos) << path;
    EXPECT_EQ(headers["Referrer-Policy"], "no-referrer");
    EXPECT_EQ(headers["Cross-Origin-Resource-Policy"], "same-origin");
    EXPECT_EQ(headers["Cross-Origin-Opener-Policy"], "same-origin");
  }
}

TEST(Answers, AMediaTypeIsItselfInAnyCaseAndWithAnyParameters) {
  for (const char* type :
       {"application/json", "APPLICATION/Json", "application/json; charset=utf-8", "application/json ;a=b"}) {
    EXPECT_TRUE(is_media_type(type, "application/json")) << type;
  }
  for (const char* type :
       {"", "application/jsonp", "application/json-seq", "application/jso", "text/plain; application/json"}) {
    EXPECT_FALSE(is_media_type(type, "application/json")) << type;
  }
}

TEST(Answers, WhoMayNotAskSoIsToldHow) {
  const Centre centre;
  const std::string body = R"({"what":"x"})";
  const auto post = [&](const char* path, const char* type) { return *net::http_post(centre.url(path), type, body); };
  EXPECT_EQ(post("/api/v1/changes", "APPLICATION/JSON").status, 201u);
  EXPECT_EQ(post("/api/v1/changes", "application/jsonp").status, 415u);
  const auto unknown = post("/api/v1/changes?x=1", "application/json");
  EXPECT_EQ(unknown.status, 400u);
  EXPECT_EQ(Json::parse(unknown.body)["parameter"], "x");
  EXPECT_EQ(post("/api/v1/slos", "application/json").status, 405u);
  EXPECT_EQ(centre.get("/v1/frames").status, 405u);
}

TEST(Answers, TheApiDescribesItself) {
  const Centre centre;
  const Json document = centre.json("/api/v1/openapi.json");
  EXPECT_EQ(document["openapi"], "3.1.0");
  // What is described is there: 404 only for names that this configuration does not have.
  for (const auto& [path, item] : document["paths"].items()) {
    std::string asked = path;
    if (path == "/api/v1/live") continue;  // does not end: live_test.cpp
    for (const auto& [name, value] : std::initializer_list<std::pair<std::string, std::string>>{
             {"{journey}", "checkout"}, {"{objective}", "success"}, {"{id}", "1"}, {"{format}", "openslo"}}) {
      if (const auto at = asked.find(name); at != std::string::npos) asked.replace(at, name.size(), value);
    }
    if (path == "/api/v1/heatmap") asked += "?journey=checkout&objective=fast";
    if (path == "/api/v1/clicks/map" || path == "/api/v1/vitals/groups") asked += "?page=/checkout";
    if (path == "/api/v1/storyboards") asked += "?journey=checkout";
    const auto reply = centre.get(asked);
    if (path.ends_with("{id}") || path.ends_with("{name}")) {
      EXPECT_EQ(reply.status, 404u);
    } else {
      EXPECT_EQ(reply.status, 200u) << asked << ": " << reply.body;
    }
  }
}

}  // namespace
}  // namespace bellrock::plane
