#pragma once

// Answers for people and for programs.

#include <string>
#include <vector>

#include "libml/predict/answer.hpp"

namespace bondscope::ml {

/// "row 3" of the file, with what is known of it.
std::string name_of(const Sample& sample);

/// With as many decimals as show two digits of the target's scale.
std::string shown(double value, const AnsweredTarget& target);
/// "2.010 to 2.016", where there may be more than one answer "2.010 to 2.016 or 3.2 to 3.4"; of one of the
/// shown levels.
std::string describe_interval(const AnsweredTarget& target, std::size_t level);
/// "R = 2.013 a.u. (68 %: 2.010 to 2.016; 90 %: …)"
std::string describe(const AnsweredTarget& target);
/// Several lines.
std::string describe(const Answer& answer);
/// One line: "row 3: R 2.013 [2.007, 2.019] a.u., p 0.43".
std::string describe_in_a_line(const Answer& answer);

/// {model, input, assumptions, alarm_level, levels, answers: [{row, electrons, unknown, targets: {NAME:
/// {value, unit, scale, intervals: [{level, low, high, parts: [[low, high]]}], quantiles, period}}, p_value,
/// trusted, distrust, hints, notes, nearest: [{molecule, parameters, distance}], joint: [{level, ellipses:
/// [{centre, matrix}]}], peaks: [{values, deficit}], effects: {NAME: value}}]}; intervals that there are none
/// of are null, parts only where there are several, period only of angles, joint and peaks only of methods
/// that know of them (conformal.hpp).
std::string to_json(const std::vector<Answer>& answers, const Answerer& answerer, const std::string& input);

}  // namespace bondscope::ml
