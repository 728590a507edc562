// Compiled twice, with and without PEER_AVX2 (CMakeLists.txt).
#include "bench/beacon/simdjson_peer.h"

#include <simdjson.h>

namespace bellrock::bench {
namespace {

namespace ondemand = simdjson::ondemand;

class SimdjsonPeer final : public Peer {
 public:
  bool find_ordered(std::string_view text, Eight& out) override {
    ondemand::document document;
    if (parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING).get(document)) return false;
    ondemand::object o;
    if (document.get_object().get(o)) return false;
    return !(o.find_field("v").get_double().get(out.v) || o.find_field("sid").get_string().get(out.sid) ||
             o.find_field("ts").get_double().get(out.ts) || o.find_field("type").get_string().get(out.type) ||
             o.find_field("page").get_string().get(out.page) || o.find_field("name").get_string().get(out.name) ||
             o.find_field("dur").get_double().get(out.dur) || o.find_field("ok").get_bool().get(out.ok));
  }
  bool find_any(std::string_view text, Eight& out) override {
    ondemand::document document;
    if (parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING).get(document)) return false;
    ondemand::object o;
    if (document.get_object().get(o)) return false;
    return !(o["v"].get_double().get(out.v) || o["sid"].get_string().get(out.sid) || o["ts"].get_double().get(out.ts) ||
             o["type"].get_string().get(out.type) || o["page"].get_string().get(out.page) ||
             o["name"].get_string().get(out.name) || o["dur"].get_double().get(out.dur) ||
             o["ok"].get_bool().get(out.ok));
  }
  bool dom(std::string_view text, Eight& out) override {
    simdjson::dom::element o;
    if (dom_.parse(text.data(), text.size(), false).get(o)) return false;
    return !(o["v"].get_double().get(out.v) || o["sid"].get_string().get(out.sid) || o["ts"].get_double().get(out.ts) ||
             o["type"].get_string().get(out.type) || o["page"].get_string().get(out.page) ||
             o["name"].get_string().get(out.name) || o["dur"].get_double().get(out.dur) ||
             o["ok"].get_bool().get(out.ok));
  }

 private:
  ondemand::parser parser_;
  simdjson::dom::parser dom_;
};

}  // namespace

#ifdef PEER_AVX2
std::unique_ptr<Peer> make_avx2_peer() {
  const bool able =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul");
  return able ? std::make_unique<SimdjsonPeer>() : nullptr;
}
#else
std::unique_ptr<Peer> make_generic_peer() { return std::make_unique<SimdjsonPeer>(); }
#endif

}  // namespace bellrock::bench
