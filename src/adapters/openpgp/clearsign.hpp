// OpenPGP clearsigned documents (RFC 4880 section 7), verified with librnp against keyrings of the caller's
// choice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct ClearsignVerdict {
  bool good = false;                      // at least one signature is good
  std::string content;                    // what was signed; empty unless good
  std::vector<std::string> fingerprints;  // primary keys of the good signatures, upper-case hex, sorted
  std::vector<std::string>
      reasons;  // one for each signature that is not good: "key 0E98404D386FA1D9 is not in the keyring"
};

// `keyrings` holds the bytes of each keyring, binary or ASCII-armored. A signature counts only if its key is
// there and valid, it has not expired, and its hash is none of MD5, SHA-1, RIPEMD-160. Text outside the
// signed part makes the document bad.
[[nodiscard]] ClearsignVerdict verify_clearsigned(std::string_view document,
                                                  const std::vector<std::string>& keyrings);

}  // namespace mlrepro
