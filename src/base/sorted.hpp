// Lists as sets: in their order, each element once.
#pragma once

#include <algorithm>
#include <vector>

namespace mlrepro {

template <typename T>
void sort_unique(std::vector<T>& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

template <typename T>
[[nodiscard]] std::vector<T> sorted_unique(std::vector<T> list) {
  sort_unique(list);
  return list;
}

}  // namespace mlrepro
