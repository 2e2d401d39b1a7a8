public import BERT
public import Tokenization
public import Training

/// A model as a source of what a student learns from text: it runs beside the student, on the student's own tokens or, of
/// whole sentences, on its own.
public final class TextTeacher: TeacherSource {
  /// The model.
  public let model: BertModel
  private let workspace = Workspace()

  /// A teacher of students that read the same tokens; throws where it reads others, saying what to do.
  ///
  /// Where `readsLines` says so it reads the lines themselves by a tokenizer of its own: `LabelledBatch.otherBatch`.
  public init(
    _ model: BertModel, tokenizer: Tokenizer, student: BertModel, studentTokenizer: Tokenizer,
    readsLines: Bool = false
  ) throws {
    self.model = model
    if !readsLines && !tokenizer.givesSameIDs(as: studentTokenizer) {
      let what =
        tokenizer.vocabulary == studentTokenizer.vocabulary
        ? "read by different tokenizer settings" : "have different vocabularies"
      throw DistillationError.mismatch(
        "teacher and student are compared token by token, but \(what): leave --vocab out, so that the student gets the "
          + "teacher's, or compare whole sentences (--method sentence-vectors)")
    }
    if !readsLines && student.head == .maskedLM && model.head == .maskedLM
      && student.config.vocabSize != model.config.vocabSize
    {
      throw DistillationError.mismatch(
        "the teacher has \(model.config.vocabSize) rows of word embeddings and the student "
          + "\(student.config.vocabSize): their vocabularies cannot be compared")
    }
  }

  /// What the model says of a batch, in evaluation mode.
  public func outputs(for batch: LabelledBatch, request: OutputRequest, at position: SchedulePosition) throws
    -> EncoderOutput
  {
    try model.forward(batch.otherBatch ?? batch.batch, request: request, workspace: workspace)
  }
}
