// The network as this machine's apt and pip are told to use it.
#pragma once

#include "adapters/net/http_client.hpp"
#include "commands/invocation.hpp"

namespace mlrepro {

// `invocation` outlives the client.
[[nodiscard]] HttpClient open_network(const Invocation& invocation);

}  // namespace mlrepro
