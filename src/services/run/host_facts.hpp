// The machine that a run happens on, as its record tells it.
#pragma once

#include "documents/record/run_record.hpp"

namespace mlrepro {

// `runtime` stays empty.
[[nodiscard]] HostFacts host_facts();

}  // namespace mlrepro
