#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/settings.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

TEST_CASE("an order arrives as it was given") {
  const WorkOrder order{"/a folder/\"s\".h5", 12.5, 1e-3, 7, 3};
  CHECK(WorkOrder::from_text(order.to_text()) == order);
}

TEST_CASE("what is no order is refused") {
  for (const char* text :
       {"", "{}", "[1]", "not JSON", R"({"store": 3})",
        R"({"store":"s","checkpoint_interval":1,"run_time_limit":0,"ranks_per_run":0,"threads":1})",
        R"({"store":"s","checkpoint_interval":"x","run_time_limit":0,"ranks_per_run":1,"threads":1})"}) {
    INFO(text);
    CHECK_THROWS_AS(WorkOrder::from_text(text), DataError);
  }
}
