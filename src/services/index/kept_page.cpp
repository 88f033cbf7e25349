#include "services/index/kept_page.hpp"

namespace mlrepro {
namespace {

constexpr std::uint64_t format = 2;

}  // namespace

std::string render_kept_page(const KeptPage& page) {
  CacheWriter out;
  out.number(format);
  out.number(page.known ? 1 : 0);
  page.validators.write(out);
  out.number(page.files.size());
  out.raw(page.files.packed());
  return out.take();
}

std::optional<KeptPage> parse_kept_page(std::string bytes) {
  CacheReader in(bytes);
  if (in.number() != format) return std::nullopt;
  KeptPage out;
  out.known = in.number() != 0;
  out.validators = Validators::read(in);
  const auto count = in.number();
  if (in.failed() || count > in.rest().size()) return std::nullopt;
  const std::size_t from = bytes.size() - in.rest().size();
  out.files = PageFiles(std::move(bytes), from, static_cast<std::size_t>(count));
  return out;
}

}  // namespace mlrepro
