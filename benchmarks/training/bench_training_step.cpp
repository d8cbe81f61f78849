// One training step of the network of Fig. 1 on the processor, in three ways that take turns.
//   bench_training_step [threads = 2] [steps = 12] [compared steps = 5]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/training/variant.hpp"

namespace {

using bench::Variant;

struct Answer {
  double loss, wall, cpu;
};

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void print(const bench::Part& p) {
  std::printf("%-40s %8.2f %9.2f %7.2f %9.1f %7.3f %9.1f\n", p.name.c_str(), 1e3 * p.seconds,
              1e3 * p.processor, p.gflop, p.gflop / p.processor, p.gbyte, p.gbyte / p.processor);
}

void print_parts(Variant variant) {
  std::printf("\n%-40s %8s %9s %7s %9s %7s %9s\n",
              ("parts of a step, each alone: " + std::string(bench::to_string(variant))).c_str(), "ms",
              "proc. ms", "GFLOP", "per p. s", "GB", "per p. s");
  bench::Part sum{"sum", 0, 0, 0, 0};
  for (const auto& part : bench::parts(variant, 7)) {
    print(part);
    sum.seconds += part.seconds;
    sum.processor += part.processor;
    sum.gflop += part.gflop;
    sum.gbyte += part.gbyte;
  }
  print(sum);
}

/// A process of its own for each variant, since the allocator's settings are a process's. It answers a number
/// with that step, a negative one with its table of parts.
class Child {
 public:
  Child(Variant variant, int threads) {
    int to[2], from[2];
    if (pipe(to) != 0 || pipe(from) != 0) throw std::runtime_error("no pipe");
    std::fflush(stdout);
    process_ = fork();
    if (process_ < 0) throw std::runtime_error("no process");
    if (process_ == 0) {
      close(to[1]);
      close(from[0]);
      serve(variant, threads, to[0], from[1]);
      std::fflush(stdout);
      _exit(0);
    }
    close(to[0]);
    close(from[1]);
    to_ = to[1];
    from_ = from[0];
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    close(to_);
    close(from_);
    waitpid(process_, nullptr, 0);
  }

  Answer ask(int number) {
    Answer answer{};
    if (write(to_, &number, sizeof number) != sizeof number ||
        read(from_, &answer, sizeof answer) != sizeof answer)
      throw std::runtime_error("a process of the benchmark failed");
    return answer;
  }

 private:
  static void serve(Variant variant, int threads, int in, int out) {
    const auto stepper = bench::make_stepper(variant, threads);
    int number = 0;
    while (read(in, &number, sizeof number) == sizeof number) {
      Answer answer{};
      const auto start = std::chrono::steady_clock::now();
      const double cpu = cpu_seconds();
      if (number >= 0)
        answer.loss = stepper->step(number);
      else
        print_parts(variant);
      answer.cpu = cpu_seconds() - cpu;
      answer.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      std::fflush(stdout);
      if (write(out, &answer, sizeof answer) != sizeof answer) return;
    }
  }

  pid_t process_ = -1;
  int to_ = -1, from_ = -1;
};

struct Times {
  std::vector<double> wall, cpu;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int argument(int argc, char** argv, int which, int otherwise) {
  const int value = which < argc ? std::atoi(argv[which]) : otherwise;
  if (value < 1) throw std::runtime_error("arguments: [threads] [steps] [compared steps], all positive");
  return value;
}

int run(int argc, char** argv) {
  const int threads = argument(argc, argv, 1, 2), steps = argument(argc, argv, 2, 12);
  const int compared = std::min(argument(argc, argv, 3, 5), steps);
  const std::vector<Variant> variants{Variant::naive, Variant::layout, Variant::ours};
  std::vector<Times> times(variants.size());
  double largest = 0;
  {
    Child naive(variants[0], threads), layout(variants[1], threads), ours(variants[2], threads);
    const std::vector<Child*> children{&naive, &layout, &ours};
    std::printf("%4s %14s %14s %14s   ours/naive - 1\n", "step", "loss naive", "layout", "ours");
    for (int step = 0; step < steps; ++step) {
      std::vector<double> losses;
      for (std::size_t i = 0; i < children.size(); ++i) {
        usleep(20000);  // threads of the one before have stopped waiting for work by then
        const auto answer = children[i]->ask(step);
        losses.push_back(answer.loss);
        if (step < 2) continue;  // first touch of memory, and oneDNN's choice of kernels
        times[i].wall.push_back(answer.wall);
        times[i].cpu.push_back(answer.cpu);
      }
      const double deviation = losses[2] / losses[0] - 1;
      if (step < compared) largest = std::max(largest, std::abs(deviation));
      std::printf("%4d %14.8g %14.8g %14.8g   %.1e\n", step + 1, losses[0], losses[1], losses[2], deviation);
    }
    std::printf("largest deviation of the loss in the first %d steps: %.1e\n\n", compared, largest);
    std::printf("one step, batch %d, %dx%d, %d threads\n%-8s %10s %10s %14s\n", bench::batch, bench::width,
                bench::height, threads, "", "best ms", "median ms", "processor ms");
    for (std::size_t i = 0; i < variants.size(); ++i)
      std::printf("%-8s %10.1f %10.1f %14.1f\n", bench::to_string(variants[i]),
                  1e3 * *std::min_element(times[i].wall.begin(), times[i].wall.end()),
                  1e3 * median(times[i].wall), 1e3 * median(times[i].cpu));
    const auto ratio = [&](std::size_t i) {
      std::printf("%s / ours: best %.2f, median %.2f, processor time %.2f\n", bench::to_string(variants[i]),
                  *std::min_element(times[i].wall.begin(), times[i].wall.end()) /
                      *std::min_element(times[2].wall.begin(), times[2].wall.end()),
                  median(times[i].wall) / median(times[2].wall), median(times[i].cpu) / median(times[2].cpu));
    };
    ratio(0);
    ratio(1);
    std::fflush(stdout);
    for (auto* child : children)
      child->ask(-1);
  }
  std::printf("\n");
  print(bench::matrix_product(threads));
  print(bench::array_sum(threads));
  return largest < 1e-5 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_training_step: %s\n", e.what());
    return 2;
  }
}
