#include "adapters/net/patience.hpp"

namespace mlrepro {
namespace {

constexpr Patience::Waited slice_length{1'000};

}  // namespace

Patience::Waited Patience::now() const {
  return std::chrono::duration_cast<Waited>(now_);
}

void Patience::waited(std::chrono::microseconds time) {
  now_ += time;
  forget_old();
}

void Patience::received(std::uint64_t bytes) {
  if (bytes == 0) return;
  if (slices_.empty() || now() - slices_.back().begin >= slice_length) slices_.push_back({now(), 0});
  slices_.back().bytes += bytes;
  bytes_ += bytes;
}

void Patience::forget_old() {
  while (!slices_.empty() && now() - slices_.front().begin > window) {
    bytes_ -= slices_.front().bytes;
    slices_.pop_front();
  }
}

bool Patience::is_lost(Waited began) const {
  return now() - began >= window && bytes_ < enough_a_window;
}

}  // namespace mlrepro
