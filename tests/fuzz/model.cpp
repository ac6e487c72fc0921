// SPDX-License-Identifier: BSD-3-Clause
#include "kernel_model.hpp"

#include "format.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const fuzz::File file(data, size);
  return fuzz::read([&] {
    const akr::cli::KernelModel model = akr::cli::load_model(file.name());
    fuzz::require(static_cast<std::int64_t>(model.a.size()) == model.points * model.dim &&
                      static_cast<std::int64_t>(model.coefficients.size()) == model.points * model.columns &&
                      static_cast<std::int64_t>(model.mean.size()) == model.columns,
                  "sizes and arrays differ");
    const std::string text = akr::cli::model_text(model);
    const fuzz::File again(reinterpret_cast<const std::uint8_t *>(text.data()), text.size());
    fuzz::require(akr::cli::model_text(akr::cli::load_model(again.name())) == text, "it does not read back");
  });
}
