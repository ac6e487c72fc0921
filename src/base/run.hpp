// SPDX-License-Identifier: BSD-3-Clause
// What one call of the library works with. It is made at the C boundary and handed down through every layer.
#pragma once

#include <cstdint>
#include <memory>

#include "base/memory.hpp"
#include "base/monitor.hpp"
#include "base/reduce.hpp"
#include "base/team.hpp"

namespace akr {

class Run {
 public:
  // threads 0: all processors this process may use. memory_limit 0: none.
  Run(int threads, std::int64_t memory_limit)
      : meter_(std::make_shared<MemoryMeter>(memory_limit)),
        scope_(meter_),
        team_(threads > 0 ? threads : available_processors(), monitor_) {}

  Team &team() noexcept { return team_; }
  Monitor &monitor() noexcept { return monitor_; }
  const MemoryMeter &memory() const noexcept { return *meter_; }
  const RowReduction &reduction() const noexcept { return reduction_; }

  void poll() { monitor_.poll(); }
  void parallel(std::int64_t count, const std::function<void(std::int64_t, int)> &task,
                double seconds = Team::long_work) {
    team_.run(count, task, seconds);
  }

 private:
  Monitor monitor_;
  std::shared_ptr<MemoryMeter> meter_;
  MemoryMeter::Scope scope_;
  RowReduction reduction_;
  Team team_;
};

}  // namespace akr
