#include "services/image/form_writer.hpp"

#include "base/error.hpp"

namespace mlrepro {

template <typename Work>
void FormWriter::attempt(Work work) {
  try {
    work();
  } catch (const Error&) {
    compressor_.reset();
    blob_.reset();
  }
}

FormWriter::FormWriter(const KeptForms& kept) : kept_(kept) {
  attempt([&] {
    blob_.emplace(kept.writer());
    compressor_.emplace([this](std::string_view piece) { blob_->write(piece); });
  });
}

void FormWriter::write(std::string_view bytes) {
  attempt([&] {
    if (compressor_) compressor_->write(bytes);
  });
}

void FormWriter::keep(std::string_view kind, const Sha256& key) {
  attempt([&] {
    if (!compressor_) return;
    compressor_->finish();
    kept_.keep(kind, key, *blob_);
  });
}

}  // namespace mlrepro
