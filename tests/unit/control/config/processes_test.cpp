// Site, Edge, Agent and Central documents.
#include "support.h"

namespace bellrock::config {
namespace {

std::string spec_of(const std::string& kind, const std::string& spec) {
  return "apiVersion: bellrock/v1\nkind: " + kind + "\nmetadata: {name: x}\nspec: " + spec + "\n";
}

TEST(EdgeDocument, FillsLimitsAndPort) {
  const Loaded loaded = load_text(
      spec_of("Edge",
              "{workers: 4, server_ports: [80, 8080], verify_checksums: true, port: {eal: [--no-pci, -m, \"512\"]}, "
              "limits: {connections_per_core: 10, sessions_per_core: 20, attempts_per_core: 30, cells_per_core: 40, "
              "pages_per_bank: 50, held_events_per_core: 60, body_bytes_max: 8KiB, connection_idle: 90s}}"));
  ASSERT_EQ(lines(loaded), "");
  const journey::Limits& limits = loaded.definition.limits;
  EXPECT_EQ(limits.workers, 4u);
  EXPECT_EQ(limits.server_ports, (std::vector<std::uint16_t>{80, 8080}));
  EXPECT_TRUE(limits.verify_checksums);
  EXPECT_EQ(limits.connections_per_core, 10u);
  EXPECT_EQ(limits.sessions_per_core, 20u);
  EXPECT_EQ(limits.attempts_per_core, 30u);
  EXPECT_EQ(limits.cells_per_core, 40u);
  EXPECT_EQ(limits.pages_per_bank, 50u);
  EXPECT_EQ(limits.held_events_per_core, 60u);
  EXPECT_EQ(limits.body_bytes_max, 8'192u);
  EXPECT_EQ(limits.connection_idle, 90 * kSecond);
  EXPECT_EQ(loaded.definition.port.eal, (std::vector<std::string>{"--no-pci", "-m", "512"}));
}

TEST(EdgeDocument, MayReadACaptureInstead) {
  const Loaded loaded = load_text(spec_of("Edge", "{port: {pcap: trace.pcapng}}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.definition.port.pcap_file, "trace.pcapng");
}

TEST(EdgeDocument, SaysWhatIsServed) {
  const Loaded loaded = load_text(spec_of(
      "Edge",
      "{mode: terminate, port: {xdp: {interface: eth0, first_queue: 2}}, terminate: {addresses: [192.0.2.10, "
      "\"2001:db8::10\"], ports: [80, 8080], owned: false, mtu: 1400, connections_per_source: 5, "
      "syn_acks_per_second: 6, resets_per_second: 7, requests_per_second: 8, request_burst: 9, "
      "requests_per_connection: 10, pool: 2MiB, out_of_order: 3MiB, idle: 1m, head_timeout: 2s, body_timeout: 3s, "
      "reply_timeout: 4s, health_path: /up, snippet: {file: /usr/share/b.js, path: /b.js, max_age: 4h}}}"));
  ASSERT_EQ(lines(loaded), "");
  const journey::Serve& serve = loaded.definition.serve;
  EXPECT_TRUE(serve.on);
  EXPECT_EQ(loaded.definition.port.xdp_interface, "eth0");
  EXPECT_EQ(loaded.definition.port.xdp_first_queue, 2u);
  EXPECT_EQ(serve.addresses, (std::vector<journey::IpAddress>{{0, 0xffff'c000'020a}, {0x2001'0db8'0000'0000, 0x10}}));
  EXPECT_EQ(serve.ports, (std::vector<std::uint16_t>{80, 8080}));
  EXPECT_FALSE(serve.owned);
  EXPECT_EQ(serve.mtu, 1'400u);
  EXPECT_EQ(serve.connections_per_source, 5u);
  EXPECT_EQ(serve.syn_acks_per_second, 6u);
  EXPECT_EQ(serve.resets_per_second, 7u);
  EXPECT_EQ(serve.requests_per_second, 8u);
  EXPECT_EQ(serve.request_burst, 9u);
  EXPECT_EQ(serve.requests_per_connection, 10u);
  EXPECT_EQ(serve.pool_blocks, 2'048u);
  EXPECT_EQ(serve.out_of_order_bytes, 3u << 20);
  EXPECT_EQ(serve.idle, kMinute);
  EXPECT_EQ(serve.head_timeout, 2 * kSecond);
  EXPECT_EQ(serve.body_timeout, 3 * kSecond);
  EXPECT_EQ(serve.reply_timeout, 4 * kSecond);
  EXPECT_EQ(serve.health_path, "/up");
  EXPECT_EQ(serve.snippet_file, "/usr/share/b.js");
  EXPECT_EQ(serve.snippet_path, "/b.js");
  EXPECT_EQ(serve.snippet_max_age, 4 * kHour);
}

TEST(EdgeDocument, BoundsHowLongAPeerMayTake) {
  const auto with = [](const std::string& key) {
    return load_text(spec_of(
        "Edge", "{mode: terminate, port: {eal: [--no-pci]}, terminate: {addresses: [192.0.2.1], " + key + "}}"));
  };
  EXPECT_TRUE(with("head_timeout: 2m").ok());
  EXPECT_TRUE(has_code(with("head_timeout: 121s"), "BR1107"));
  EXPECT_TRUE(with("reply_timeout: 1s").ok());
  EXPECT_TRUE(with("reply_timeout: 2m").ok());
  EXPECT_TRUE(has_code(with("reply_timeout: 999ms"), "BR1107"));
  EXPECT_TRUE(has_code(with("reply_timeout: 121s"), "BR1107"));
  EXPECT_TRUE(has_code(with("idle: 2h"), "BR1107"));
  EXPECT_TRUE(has_code(with("pool: 1KiB"), "BR1107"));
  EXPECT_TRUE(has_code(with("health_path: up"), "BR1301"));
}

Loaded serving(const std::string& keys) {
  return load_text(
      spec_of("Edge", "{mode: terminate, port: {eal: [--no-pci]}, terminate: {addresses: [192.0.2.1], " + keys + "}}"));
}

TEST(EdgeDocument, TakesInterfacesAsTheKernelNamesThem) {
  const auto by = [](const std::string& port) {
    return load_text(spec_of("Edge", "{mode: terminate, port: " + port + ", terminate: {addresses: [192.0.2.1]}}"));
  };
  const auto xdp = [&by](const std::string& name) { return by("{xdp: {interface: \"" + name + "\"}}"); };
  const auto eal = [&by](const std::string& name) {
    return by("{eal: [\"--vdev=net_af_packet0,iface=" + name + "\"]}");
  };
  for (const std::string name : {"eth0", "enp0s31f6", "eth0.100", "br-lan", "wg_0", "a23456789012345", "büro0"}) {
    EXPECT_EQ(lines(xdp(name)), "");
    EXPECT_EQ(lines(eal(name)), "");
    EXPECT_EQ(lines(eal(name + ",qpairs=2")), "");
  }
  for (const std::string name : {"a234567890123456", "eth0 ", "a/b", "eth0:1", ".", "..", "eth0=1", "[eth0]"}) {
    EXPECT_TRUE(has_code(xdp(name), "BR1608")) << name;
    EXPECT_TRUE(has_code(eal(name), "BR1608")) << name;
  }
  EXPECT_TRUE(has_code(eal(""), "BR1608"));
  EXPECT_EQ(lines(xdp("eth0,start_queue=1")),
            "test.yaml:4:49: error BR1608 [spec.port.xdp.interface]: `eth0,start_queue=1` is not the name of a network "
            "interface; fix: write the name that `ip link` shows: at most 15 bytes, without blanks and `/:,=[]`\n");
}

TEST(EdgeDocument, ServesNothingWhereNobodyCanAsk) {
  for (const std::string path : {"/", "/up", "/a/b/", "/h%C3%A9", "/a.b/..c", "/~up;v=1"}) {
    EXPECT_EQ(lines(serving("health_path: \"" + path + "\"")), "");
  }
  for (const std::string path : {"up", "*", "/up?full", "/up#x", "/a b", "/a//b", "/./a", "/a/..", "/%2E%2e/a", "/.%2E",
                                 "/100%", "/%4", "/%zz", "/é", "/{id}", "/a\\\\b", "/a|b"}) {
    EXPECT_TRUE(has_code(serving("health_path: \"" + path + "\""), "BR1301")) << path;
    EXPECT_TRUE(has_code(serving("snippet: {file: /b.js, path: \"" + path + "\"}"), "BR1301")) << path;
  }
  EXPECT_EQ(lines(serving("health_path: \"/up?full\"")),
            "test.yaml:4:99: error BR1301 [spec.terminate.health_path]: nobody can ask for `/up?full`: a path ends "
            "before `?`; fix: remove the query: the path is answered with any\n");
}

TEST(EdgeDocument, TellsCachesWholeSeconds) {
  const auto age = [](const std::string& text) { return serving("snippet: {file: /b.js, max_age: " + text + "}"); };
  EXPECT_EQ(age("1s").definition.serve.snippet_max_age, kSecond);
  EXPECT_TRUE(age("1.5m").ok());
  EXPECT_TRUE(age("24855d").ok());
  for (const std::string text : {"500ms", "1500ms", "999999999ns", "24856d", "106751d"}) {
    EXPECT_TRUE(has_code(age(text), "BR1107")) << text;
  }
  EXPECT_EQ(lines(age("500ms")),
            "test.yaml:4:118: error BR1107 [spec.terminate.snippet.max_age]: `500ms` is not a number of whole seconds; "
            "fix: write whole seconds, from 1s to 24855d\n");
}

TEST(EdgeDocument, SaysThatOneOfTwoEqualPortsGoes) {
  EXPECT_EQ(lines(serving("ports: [80, 80]")),
            "test.yaml:4:98: error BR1202 [spec.terminate.ports[1]]: port 80 is listed twice; fix: remove one of "
            "them\n");
  const std::string said = lines(load_text(
      spec_of("Edge", "{mode: terminate, port: {eal: [--no-pci]}, terminate: {addresses: [192.0.2.1, 192.0.2.1]}}")));
  EXPECT_NE(said.find("`192.0.2.1` is listed twice; fix: remove one of them"), std::string::npos) << said;
}

TEST(EdgeDocument, SaysHowAServedAddressIsWrittenRight) {
  const std::string said = lines(load_text(
      spec_of("Edge", "{mode: terminate, port: {eal: [--no-pci]}, terminate: {addresses: [\"::ffff:c000:20a\"]}}")));
  EXPECT_NE(said.find("BR1605 [spec.terminate.addresses[0]]: `::ffff:c000:20a` is an IPv4 address in the clothes of "
                      "IPv6; fix: write 192.0.2.10"),
            std::string::npos)
      << said;
}

TEST(EdgeDocument, OwnsWhatItServesUnlessTheKernelSteers) {
  const auto with = [](const std::string& port) {
    return load_text(
        spec_of("Edge", "{mode: terminate, port: " + port + ", terminate: {addresses: [192.0.2.1], owned: false}}"));
  };
  EXPECT_TRUE(with("{xdp: {interface: eth0}}").ok());
  EXPECT_TRUE(has_code(with("{eal: [--no-pci]}"), "BR1606"));
}

TEST(EdgeDocument, BoundsTheLargestBody) {
  EXPECT_TRUE(load_text(spec_of("Edge", "{limits: {body_bytes_max: 64KiB}}")).ok());
  EXPECT_TRUE(has_code(load_text(spec_of("Edge", "{limits: {body_bytes_max: 65KiB}}")), "BR1107"));
  EXPECT_TRUE(has_code(load_text(spec_of("Edge", "{limits: {body_bytes_max: 0B}}")), "BR1107"));
}

TEST(AgentDocument, FillsEverySetting) {
  const Loaded loaded =
      load_text(spec_of("Agent",
                        "{node: edge-7, board: /tmpfs/board, state_directory: /state, central: \"http://centre:80/\", "
                        "listen: \"[::1]:9000\", spool_bytes_max: 2MiB, harvest_interval: 500ms}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_TRUE(loaded.agent.given);
  EXPECT_EQ(loaded.agent.node, "edge-7");
  EXPECT_EQ(loaded.agent.board, "/tmpfs/board");
  EXPECT_EQ(loaded.agent.state_directory, "/state");
  EXPECT_EQ(loaded.agent.central_url, "http://centre:80");
  EXPECT_EQ(loaded.agent.listen, "[::1]:9000");
  EXPECT_EQ(loaded.agent.spool_bytes_max, 2u * 1024 * 1024);
  EXPECT_EQ(loaded.agent.harvest_interval, 500 * kMillisecond);
}

TEST(AgentDocument, RefusesSettingsThatCannotWork) {
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{harvest_interval: 11s}")), "BR1107"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{spool_bytes_max: 100B}")), "BR1107"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{state_directory: relative}")), "BR1112"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{listen: \"::1:9000\"}")), "BR1603"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{listen: \"host:70000\"}")), "BR1603"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{central: \"http://centre/path\"}")), "BR1604"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{central: \"gopher://centre\"}")), "BR1604"));
}

TEST(AgentDocument, SaysByWhichCertificatesTlsIsSpoken) {
  const Loaded loaded = load_text(spec_of(
      "Agent", "{central: \"https://centre:8480/\", tls: {authorities: /ca.pem, certificate: /a.pem, key: /a.key}}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.agent.central_url, "https://centre:8480");
  EXPECT_EQ(loaded.agent.tls.authorities, "/ca.pem");
  EXPECT_EQ(loaded.agent.tls.certificate, "/a.pem");
  EXPECT_EQ(loaded.agent.tls.key, "/a.key");
  EXPECT_TRUE(load_text(spec_of("Agent", "{central: \"https://centre\"}")).ok());
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{central: \"https://c\", tls: {key: /a.key}}")), "BR1613"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{tls: {authorities: /ca.pem}}")), "BR1613"));
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{central: \"https://c\", tls: {ca: /a}}")), "BR1101"));
}

TEST(CentralDocument, SaysByWhichCertificatesTlsIsSpoken) {
  const Loaded loaded = load_text(spec_of("Central", "{tls: {certificate: /c.pem, key: /c.key, agents: /agents.pem}}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.central.tls.certificate, "/c.pem");
  EXPECT_EQ(loaded.central.tls.key, "/c.key");
  EXPECT_EQ(loaded.central.tls.agents, "/agents.pem");
  EXPECT_TRUE(has_code(load_text(spec_of("Central", "{tls: {certificate: /c.pem}}")), "BR1102"));
  EXPECT_TRUE(has_code(load_text(spec_of("Central", "{tls: {certificate: c.pem, key: /c.key}}")), "BR1112"));
}

TEST(ProcessDocument, ListensOnlyAtWhatProgramsCanBind) {
  for (const char* address : {"127.0.0.1:80", "0.0.0.0:0", "[::]:80", "[::1]:65535", "localhost:80"}) {
    EXPECT_EQ(lines(load_text(spec_of("Agent", "{listen: \"" + std::string(address) + "\"}"))), "");
  }
  for (const char* address : {"example.org:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:080", "127.0.0.1:65536", ":80",
                              "::1:80", "[::1]", "[::1:80", "[127.0.0.1]:80", "256.0.0.1:80", "1.2.3:80", "[]:80"}) {
    for (const char* kind : {"Agent", "Central"}) {
      EXPECT_TRUE(has_code(load_text(spec_of(kind, "{listen: \"" + std::string(address) + "\"}")), "BR1603"))
          << address;
    }
  }
}

TEST(AgentDocument, HarvestsNotWithoutAPause) {
  EXPECT_TRUE(has_code(load_text(spec_of("Agent", "{harvest_interval: 9ms}")), "BR1107"));
  EXPECT_EQ(lines(load_text(spec_of("Agent", "{harvest_interval: 10ms}"))), "");
}

TEST(ProcessDocument, SaysTheBoundOfADurationThatIsTooLong) {
  const std::string said = lines(load_text(spec_of("Central", "{retention: 300000d}")));
  EXPECT_NE(said.find("the duration `300000d` is too long; fix: write at most 106751d"), std::string::npos) << said;
}

TEST(ProcessDocument, AFileWithoutDocumentsIsToldToHoldOne) {
  const std::string said = lines(load_text("# nothing\n"));
  EXPECT_NE(said.find("BR1007: there is no document; fix: write one that begins with apiVersion"), std::string::npos)
      << said;
}

TEST(ProcessDocument, AnUnclosedQuoteOrBracketIsNamedWhereTheFileEnds) {
  const auto said = [](const std::string& spec) { return lines(load_text(spec_of("Central", spec))); };
  for (const char* spec : {"\n  title: \"shop\n  database: /x\n", "\n  title: 'it''s\n", "\n  title: \"a\\\"\n"}) {
    EXPECT_NE(said(spec).find("test.yaml:5:10: error BR1002: the quote that opens here is not closed"),
              std::string::npos)
        << spec << said(spec);
  }
  EXPECT_NE(said("{title: \"shop}\n").find("test.yaml:4:15: error BR1002: the quote"), std::string::npos);
  EXPECT_EQ(said("\n  title: \"a\\\"b\"\n") + said("\n  title: 'it''s'\n") + said("\n  title: |-\n    'x\n"), "");
  EXPECT_NE(said("{title: shop\n").find("an earlier bracket, brace or quote may not be closed"), std::string::npos);
  EXPECT_NE(said("[a, b\n").find("an earlier bracket, brace or quote may not be closed"), std::string::npos);
}

TEST(SiteDocument, WarnsOfATemplateThatIsListedTwice) {
  const Loaded twice = load_text(spec_of("Site", "{templates: [\"/a/{x}\", /b, \"/a/{y}\"]}"));
  EXPECT_TRUE(twice.ok());
  EXPECT_NE(lines(twice).find("warning BR1905 [spec.templates[2]]: `/a/{y}` is `/a/{x}` again"), std::string::npos)
      << lines(twice);
  EXPECT_EQ(lines(load_text(spec_of("Site", "{templates: [\"/a/{x}\", \"/a/{x}/b\", /a/b]}"))), "");
}

TEST(CentralDocument, FillsEverySetting) {
  const Loaded loaded =
      load_text(spec_of("Central", "{listen: \"0.0.0.0:80\", database: /data/c.db, retention: 90d, title: Our shops}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_TRUE(loaded.central.given);
  EXPECT_EQ(loaded.central.listen, "0.0.0.0:80");
  EXPECT_EQ(loaded.central.database, "/data/c.db");
  EXPECT_EQ(loaded.central.retention, 90 * 24 * kHour);
  EXPECT_EQ(loaded.central.title, "Our shops");
}

TEST(CentralDocument, KeepsItsCountsInClickHouseWhenItSaysSo) {
  EXPECT_TRUE(load_text(spec_of("Central", "{}")).central.clickhouse.urls.empty());
  const Loaded one = load_text(spec_of("Central", "{store: {clickhouse: {url: \"http://127.0.0.1:8123/\"}}}"));
  ASSERT_EQ(lines(one), "");
  EXPECT_EQ(one.central.clickhouse.urls, std::vector<std::string>{"http://127.0.0.1:8123"});
  EXPECT_EQ(one.central.clickhouse.database, "bellrock");
  const Loaded two = load_text(spec_of("Central",
                                       "{store: {clickhouse: {url: [\"http://a:1\", \"http://b:2\"], database: rum_2, "
                                       "user: writer, password_file: /etc/bellrock/password}}}"));
  ASSERT_EQ(lines(two), "");
  EXPECT_EQ(two.central.clickhouse.urls, (std::vector<std::string>{"http://a:1", "http://b:2"}));
  EXPECT_EQ(two.central.clickhouse.database, "rum_2");
  EXPECT_EQ(two.central.clickhouse.user, "writer");
  EXPECT_EQ(two.central.clickhouse.password_file, "/etc/bellrock/password");
}

TEST(CentralDocument, NamesTheServersOfAClusterByShard) {
  const Loaded one = load_text(spec_of("Central",
                                       "{store: {clickhouse: {cluster: {name: rum, shards: [[\"http://a:1\", "
                                       "\"http://b:1\"], [\"http://c:1\"]]}, database: shop}}}"));
  ASSERT_EQ(lines(one), "");
  EXPECT_TRUE(one.central.clickhouse.urls.empty());
  EXPECT_EQ(one.central.clickhouse.cluster, "rum");
  EXPECT_EQ(one.central.clickhouse.shards,
            (std::vector<std::vector<std::string>>{{"http://a:1", "http://b:1"}, {"http://c:1"}}));
}

TEST(CentralDocument, RefusesAClusterWhoseServersAreNotInOneShardEach) {
  const auto says = [](const std::string& clickhouse) {
    return lines(load_text(spec_of("Central", "{store: {clickhouse: {" + clickhouse + "}}}")));
  };
  const auto expect = [&](const std::string& clickhouse, const std::string& part) {
    EXPECT_NE(says(clickhouse).find(part), std::string::npos) << says(clickhouse);
  };
  expect("cluster: {}", "BR1102");
  expect("cluster: {shards: []}", "BR1611 [spec.store.clickhouse.cluster.shards]: no shard is named");
  expect("cluster: {shards: [\"http://a:1\"]}", "BR1611 [spec.store.clickhouse.cluster.shards[0]]: a shard is no list");
  expect("cluster: {shards: [[]]}", "BR1611");
  expect("cluster: {shards: [[\"http://a:1\"], [\"http://a:1\"]]}", "`http://a:1` is named twice");
  expect("cluster: {shards: [[\"http://a:1\"]]}, url: \"http://a:1\"", "`url` is there too");
  expect("cluster: {shards: [[\"a:1\"]]}", "BR1604");
  expect("cluster: {shards: [[\"http://a:1\"]], size: 3}", "size");
}

TEST(CentralDocument, RefusesAStoreThatIsNoneOrOneOfTwo) {
  EXPECT_NE(lines(load_text(spec_of("Central", "{store: {}}"))).find("BR1610 [spec.store]: no store is named"),
            std::string::npos);
  EXPECT_NE(lines(load_text(spec_of("Central", "{store: {clickhouse: {}}}"))).find("BR1102"), std::string::npos);
  EXPECT_TRUE(load_text(spec_of("Central", "{store: {clickhouse: {url: \"https://a:1\"}}}")).ok());
}

TEST(CentralDocument, ListsTheNamesItIsAskedBy) {
  const Loaded loaded = load_text(spec_of("Central", "{names: [bellrock.example, \"[2001:db8::1]\", 192.0.2.1]}"));
  ASSERT_EQ(lines(loaded), "");
  EXPECT_EQ(loaded.central.names, (std::vector<std::string>{"bellrock.example", "[2001:db8::1]", "192.0.2.1"}));
  EXPECT_EQ(load_text(spec_of("Central", "{names: bellrock.example}")).central.names.size(), 1u);
  for (const std::string_view wrong :
       {"Bellrock.example", "bellrock.example:8480", "\"\"", "http://bellrock.example"}) {
    EXPECT_FALSE(load_text(spec_of("Central", "{names: [" + std::string(wrong) + "]}")).ok()) << wrong;
  }
}

TEST(ProcessDocument, NeedsNoMetadata) {
  EXPECT_EQ(lines(load_text("apiVersion: bellrock/v1\nkind: Central\nspec: {}\n")), "");
}

TEST(SiteDocument, ListsHostsBeaconPathsAndTemplates) {
  const Loaded loaded = load_text(
      spec_of("Site", "{hosts: [shop.example, \"[::1]\"], beacon_paths: [/rum, /b/c], templates: [/, \"/p/{id}\"]}"));
  ASSERT_EQ(lines(loaded), "");
  const journey::Site& site = loaded.definition.sites.at(0);
  EXPECT_EQ(site.hosts, (std::vector<std::string>{"shop.example", "[::1]"}));
  EXPECT_EQ(site.beacon_paths, (std::vector<std::string>{"/rum", "/b/c"}));
  ASSERT_EQ(loaded.definition.templates.size(), 3u);
  EXPECT_TRUE(loaded.definition.templates[0].segments.empty());
  EXPECT_EQ(loaded.definition.templates[2].text, "/p/{id}");
}

TEST(SiteDocument, SendsBeaconsToTheUsualPathUnlessItSaysOtherwise) {
  EXPECT_EQ(load_text(spec_of("Site", "{hosts: any}")).definition.sites.at(0).beacon_paths,
            std::vector<std::string>{"/rum"});
}

}  // namespace
}  // namespace bellrock::config
