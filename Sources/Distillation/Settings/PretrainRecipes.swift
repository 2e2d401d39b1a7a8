import Training

extension Recipe {
  /// Every method of text by name, the default first.
  public static let pretraining: [Recipe] = [
    mlm, mlmKD, generalDistilBERT, generalMiniLM, generalTinyBERT, sentenceVectors,
  ]

  /// The method of text of that name; throws `DistillationError.settings`, with the nearest, where there is none.
  public static func pretraining(named name: String) throws -> Recipe {
    try find(name, in: pretraining, of: " of text")
  }

  static let mlm = Recipe(
    name: "mlm", summary: "Masked language modelling on text; no teacher.",
    paper: "Devlin et al. 2019, BERT; without its next-sentence task, as Liu et al. 2019, RoBERTa",
    stages: [StageRecipe("mlm", terms: [TermSettings("mlm")])])

  static let mlmKD = Recipe(
    name: "mlm-kd", summary: "Half masked tokens, half KL to the teacher's vocabulary there, times T².",
    paper: "Hinton et al. 2015; Turc et al. 2019, Well-Read Students Learn Better",
    stages: [
      StageRecipe(
        "mlm-kd",
        terms: [
          TermSettings("mlm", weight: 0.5),
          TermSettings("vocabulary_kl", weight: 0.5, KLOptions(temperature: 2)),
        ])
    ])

  static let generalDistilBERT = Recipe(
    name: "distilbert",
    summary: "Masked tokens, the teacher's vocabulary there, and the cosine of last states.",
    paper: "Sanh et al. 2019, DistilBERT (weights of its release)",
    stages: [
      StageRecipe(
        "distilbert",
        terms: [
          TermSettings("mlm", weight: 2), TermSettings("vocabulary_kl", weight: 5, KLOptions(temperature: 2)),
          TermSettings("hidden_cosine"),
        ])
    ])

  static let generalMiniLM = Recipe(
    name: "minilm", summary: "The relations among the last layer's queries, keys and values; no head.",
    paper: "Wang et al. 2021, MiniLMv2 (Findings of ACL)",
    stages: [StageRecipe("minilm", terms: [TermSettings("relations")])])

  static let generalTinyBERT = Recipe(
    name: "tinybert", summary: "Embeddings, hidden states and attention scores of mapped layers; no head.",
    paper: "Jiao et al. 2020, TinyBERT (Findings of EMNLP), general distillation",
    stages: [
      StageRecipe(
        "tinybert",
        terms: [
          TermSettings("hidden_mse", HiddenOptions(layers: .uniform)),
          TermSettings("attention_scores_mse", LayerMapOptions(layers: .uniform)),
        ])
    ])

  static let sentenceVectors = Recipe(
    name: "sentence-vectors",
    summary: "The teacher's vectors of sentences, and how alike they are in a batch.",
    paper: "Reimers and Gurevych 2020, Making Monolingual Sentence Embeddings Multilingual (EMNLP)",
    stages: [
      StageRecipe(
        "sentence-vectors",
        terms: [
          TermSettings("sentence_vector", SentenceVectorOptions(distance: .cosine)),
          TermSettings("sentence_similarity"),
        ])
    ])

  /// Two stages: sentence vectors of all texts, then labels with L1 on logits.
  static let twoStage = Recipe(
    name: "two-stage",
    summary: "Stage 1: [CLS] vectors of all texts by L1. Stage 2: gold labels and L1 on logits.",
    paper: "Kim et al. 2021, Two-Stage Textual Knowledge Distillation for End-to-End SLU (ICASSP)",
    stages: [
      StageRecipe(
        "vectors", epochs: 5, keep: .last,
        terms: [TermSettings("sentence_vector", SentenceVectorOptions(distance: .l1, pooling: .cls))]),
      StageRecipe("labels", epochs: 5, terms: [TermSettings("labels"), TermSettings("logits_l1")]),
    ])
}
