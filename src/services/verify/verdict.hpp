// What verify says: single checks, and the verdict that follows from them.
#pragma once

#include <string>
#include <vector>

#include "codec/json.hpp"

namespace mlrepro {

enum class CheckStatus { pass, fail, skipped };

struct Check {
  std::string name;  // stable word: "lock-canonical", "os-files", "image", "run-outputs", ...
  CheckStatus status = CheckStatus::skipped;
  std::string detail;  // what it looked at, or what is wrong with what, or why it was skipped
  double seconds = 0;
  bool required = true;  // a skipped check that was asked for keeps the verdict from being "verified"
};

enum class Verdict { verified, failed, not_verified };

// failed: any check failed. not_verified: none failed, but a required one was skipped, or nothing passed.
// Else verified.
[[nodiscard]] Verdict verdict_of(const std::vector<Check>& checks);
[[nodiscard]] std::string to_string(Verdict verdict);     // "verified" | "failed" | "not-verified"
[[nodiscard]] std::string to_string(CheckStatus status);  // "pass" | "fail" | "skipped"
// {"kind": "verify", "version": 1, "verdict": ..., "checks": [...]}
[[nodiscard]] Json to_json(const std::vector<Check>& checks);

}  // namespace mlrepro
