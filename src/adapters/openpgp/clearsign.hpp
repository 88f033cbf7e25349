// OpenPGP clearsigned documents (RFC 4880 section 7), verified with librnp against keyrings of the caller's
// choice.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

struct ClearsignVerdict {
  bool good = false;                      // at least one signature is good
  std::string content;                    // what was signed, lines ended by '\n'; empty unless good
  std::vector<std::string> fingerprints;  // primary keys of the good signatures, upper-case hex, sorted
  // What is wrong, one for each signature that is not good: "key 0E98404D386FA1D9 is not in the keyring".
  std::vector<std::string> reasons;
};

struct SignatureRules {
  std::vector<std::string> keyrings;  // the bytes of each keyring, binary or ASCII-armored
  // Where not empty: only signatures by these keys count (upper-case hex fingerprints, of the primary key or
  // of the subkey that signed; with a closing '!' of the key that signed alone), as sources.list(5) has it
  // for Signed-By.
  std::vector<std::string> only;
  // Keys are judged as of the youngest signature's own time, not as of now: for a document whose bytes are
  // known to be those that were verified once.
  bool as_of_signing = false;
};

// A signature counts only if its key is there, may sign, and it and its primary key are valid; if it has not
// expired; and if its hash is none of MD5, SHA-1, RIPEMD-160. A document with anything but one signed text is
// bad: text before or after, armor headers other than "Hash", a line that is not dash-escaped.
// One call at a time in a process (librnp's own notes on stderr are kept back).
[[nodiscard]] ClearsignVerdict verify_clearsigned(std::string_view document, const SignatureRules& rules);

}  // namespace mlrepro
