#pragma once

// A page to look through a store with: all runs, their distributions, what failed, and where it came from.

#include <string>

#include "libpmd/inspect/thumbnails.hpp"

namespace bondscope {

/// One HTML file without references to anything outside but `link`: the address of the store as seen from the
/// page; empty: none. What the store says is data for the page's script (libpmd/inspect/page), which shows it
/// as text: nothing in a store can become markup.
std::string browse_page(const Store& store, const Thumbnails& thumbnails, const std::string& link);

}  // namespace bondscope
