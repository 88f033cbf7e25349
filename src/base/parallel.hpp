// The same work on many things by as many threads as there are processors.
#pragma once

#include <cstddef>
#include <functional>

namespace mlrepro {

// Calls work(0) .. work(count - 1), each once, begun in that order. After the first failure nothing new
// begins. Of several exceptions that of the lowest index is rethrown, so that a message does not depend on
// timing alone.
void run_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace mlrepro
