// What a capture is asked to be. All chances are probabilities from 0 to 1.
#pragma once

#include <cstdint>
#include <string>

namespace bellrock::traffic {

enum class Link { kEthernet, kCooked, kRaw };
enum class OneWay { kNone, kClient, kServer };  // which side's packets alone are captured; kNone: both

struct Options {
  std::string out, truth, truth_transactions, truth_outcomes, truth_beacons;
  std::uint64_t seed = 1;
  // New shoppers come until this much is planned; those inside then finish, so a capture holds slightly more.
  std::uint64_t transactions = 20'000;
  std::uint64_t packets = 0;             // instead of transactions, when not 0
  std::int64_t duration_s = 3'600;       // over which shoppers arrive
  std::int64_t start_s = 1'717'243'200;  // 2024-06-01 12:00:00 UTC
  std::string host = "shop.example";
  bool microseconds = false;  // pcap with µs instead of ns times

  // Shape of the traffic: nothing here hides anything from a reader.
  double chunked = 0.1;
  double gzip = 0.1;
  double pipeline = 0.05;
  double invalid_beacons = 0.02;
  double ipv6 = 0.1;
  double vlan = 0;
  double qinq = 0;
  double one_byte = 0;
  double wrap = 0.01;
  double noise = 0;
  double hang = 0;                // payments that nobody ever answers or closes
  std::int64_t clock_skew_s = 0;  // each browser's clock is wrong by up to so much, either way
  Link link = Link::kEthernet;

  // Copies and changed order: every byte is captured at least once.
  double retransmit = 0;
  double duplicate = 0;
  double reorder = 0;
  double overlap = 0;
  double conflict = 0;

  // What hides bytes.
  double loss = 0;
  std::uint32_t gaps = 0;
  double mid_stream = 0;
  OneWay one_way = OneWay::kNone;
};

// Reads the command line. Returns -1 to go on, else the exit code.
int read_options(int argc, char** argv, Options& options);

}  // namespace bellrock::traffic
