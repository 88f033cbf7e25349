// A keyring cut down to the certificates that matter for some signatures: librnp checks every certificate as
// it reads it, which costs more than all else. RFC 4880 sections 4.2 and 12.2.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mlrepro {

// The certificates of a binary keyring whose primary key or a subkey of which has one of `key_ids` (16
// upper-case hexadecimal digits), byte for byte. Certificates with a key of another version than 4 stay; a
// keyring that cannot be told apart stays whole.
[[nodiscard]] std::string certificates_of(std::string_view keyring, const std::vector<std::string>& key_ids);

}  // namespace mlrepro
