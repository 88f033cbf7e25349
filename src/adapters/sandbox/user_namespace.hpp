// Rootless: a user namespace with a full range of ids, so that all that follows is the same code as for root.
#pragma once

#include <optional>
#include <string>

namespace mlrepro {

// Does nothing where the effective uid is 0. Otherwise moves this process into a user namespace where it is
// root: its own uid is 0, and 1..65535 are its subordinate ids (/etc/subuid, /etc/subgid, through newuidmap
// and newgidmap). Files written from then on belong to those ids outside.
//
// Call once, before any thread is started: the kernel refuses it afterwards. Throws Error(surroundings,
// "no-subuid") where the user has no subordinate ids or the helpers are missing, Error(surroundings,
// "no-user-namespaces") where the kernel forbids.
void enter_user_namespace();

// The same for what can be done in part without the ids of other users: why they cannot be had; absent where
// they can.
[[nodiscard]] std::optional<std::string> try_user_namespace();

}  // namespace mlrepro
