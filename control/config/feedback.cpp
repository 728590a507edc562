#include "dataplane/flow/feedback.h"

#include "control/config/journey_scope.h"

namespace bellrock::config {
namespace {

using journey::Feedback;

constexpr Choice<Question> kQuestionChoices[] = {
    {"ces", Question::kCes}, {"csat", Question::kCsat}, {"nps", Question::kNps}};

std::uint8_t read_questions(const Value& list) {
  std::uint8_t questions = 0;
  const auto values = read_list(list, kQuestions);
  if (!values) return 0;
  for (const Value& value : *values) {
    const auto question = read_choice(value, kQuestionChoices);
    if (!question) continue;
    if ((questions & question_bit(*question)) != 0) {
      value.error(Code::kDuplicateName, shown(value.node->text) + " is a question twice", "remove one of them");
      return 0;
    }
    questions = static_cast<std::uint8_t>(questions | question_bit(*question));
  }
  return questions;
}

}  // namespace

void read_feedback(const Value& value, JourneyScope& scope) {
  Fields fields(value);
  const auto questions = fields.need("questions", "add questions, for example questions: [ces, nps]");
  const auto latency = fields.find("latency");
  fields.finish();
  if (!fields.is_map() || !questions) return;
  Feedback& feedback = scope.journey.feedback;
  feedback.questions = read_questions(*questions);
  if (!latency || feedback.questions == 0) return;
  const auto step = read_step_name(*latency, scope);
  const auto of = step && scope.steps_good ? latency_to(*latency, *step, scope) : std::nullopt;
  if (!of) return;
  feedback.of = *of;
  feedback.has_latency = true;
  feedback.has_latency = has_room_for(*latency, *of, scope);
}

}  // namespace bellrock::config
