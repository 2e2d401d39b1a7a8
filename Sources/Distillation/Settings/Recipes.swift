import Training

extension Recipe {
  /// Every method by name, the default first.
  public static let all: [Recipe] =
    [
      annealingIntermediate, labels, kd, annealing, continuation, pkd, tinyBERT, miniLM, alp, rail,
      distilBERT, takd, twoStage, qualityEstimation,
    ] + ordered + [codistill, mate, minimaxKNN, imitation, meta, reinforced]

  /// The method of that name; throws `DistillationError.settings`, with the nearest, where there is none.
  public static func named(_ name: String) throws -> Recipe { try find(name, in: all) }

  static func find(_ name: String, in recipes: [Recipe], of what: String = "") throws -> Recipe {
    if let found = recipes.first(where: { $0.name == name }) { return found }
    let names = recipes.map(\.name)
    throw DistillationError.settings(
      "there is no method '\(name)'\(what)"
        + (NearestName.of(name, in: names).map { "; did you mean \($0)?" }
          ?? "; there are " + names.joined(separator: ", ")))
  }

  static let labels = Recipe(
    name: "labels", summary: "The student learns from the gold labels alone; no teacher.",
    paper: "Devlin et al. 2019, BERT",
    stages: [StageRecipe("labels", terms: [TermSettings("labels")])])

  static let kd = Recipe(
    name: "kd", summary: "Half gold labels, half KL to the teacher's softened probabilities, times T².",
    paper: "Hinton et al. 2015, Distilling the Knowledge in a Neural Network",
    stages: [StageRecipe("kd", terms: hintonTerms)])

  /// Hinton's loss, half and half.
  static let hintonTerms = besideLabels("kl", KLOptions(temperature: 2))

  /// Half gold labels, half another term.
  static func besideLabels(_ kind: String, _ options: some TermOptions) -> [TermSettings] {
    [TermSettings("labels", weight: 0.5), TermSettings(kind, weight: 0.5, options)]
  }

  /// Hinton's loss along a chain of assistants, which it cannot do without.
  public static let takd = Recipe(
    name: "takd",
    summary: "KD along a chain: teacher, assistants of sizes between (--assistants), student.",
    paper: "Mirzadeh et al. 2020, Improved Knowledge Distillation via Teacher Assistant (AAAI)",
    stages: [StageRecipe("kd", terms: hintonTerms)])

  static let annealing = Recipe(
    name: "annealing",
    summary:
      "Stage 1: MSE to the teacher's logits scaled by 1/7 ... 1. Stage 2: gold labels from the best weights.",
    paper: "Jafari et al. 2021, Annealing Knowledge Distillation (EACL)",
    stages: [
      StageRecipe(
        "annealed", epochs: 14, terms: [TermSettings("annealed_mse", AnnealedMSEOptions(maxTemperature: 7))]),
      StageRecipe("labels", epochs: 4, terms: [TermSettings("labels")]),
    ])

  static let annealingIntermediate = Recipe(
    name: "annealing-intermediate",
    summary: "Annealing with hidden states and attention matched in stage 1; gold labels in stage 2.",
    paper: "Jafari et al. 2021 with the layer losses of Jiao et al. 2020 (TinyBERT)",
    stages: [
      StageRecipe(
        "annealed", epochs: 14,
        terms: [
          TermSettings("annealed_mse", AnnealedMSEOptions(maxTemperature: 7)),
          TermSettings("hidden_mse", HiddenOptions(layers: .uniform)),
          TermSettings("attention_mse", LayerMapOptions(layers: .uniform)),
        ]),
      StageRecipe("labels", epochs: 4, terms: [TermSettings("labels")]),
    ])

  static let continuation = Recipe(
    name: "continuation",
    summary: "One stage that goes from an annealed margin loss on logits to the gold labels.",
    paper: "Jafari et al. 2022, Continuation KD (Findings of EMNLP)",
    stages: [
      StageRecipe(
        "continuation", epochs: 30,
        terms: [TermSettings("continuation", ContinuationOptions(maxTemperature: 10, margin: 1))])
    ])

  static let pkd = Recipe(
    name: "pkd", summary: "KD with the normalised [CLS] states of every other teacher layer.",
    paper: "Sun et al. 2019, Patient Knowledge Distillation (EMNLP)",
    stages: [
      StageRecipe(
        "pkd",
        terms: [
          TermSettings("labels", weight: 0.3), TermSettings("kl", weight: 0.7, KLOptions(temperature: 10)),
          TermSettings("pkd", weight: 1),
        ])
    ])

  static let tinyBERT = Recipe(
    name: "tinybert",
    summary: "Stage 1: hidden states and attention scores. Stage 2: the teacher's probabilities.",
    paper: "Jiao et al. 2020, TinyBERT (Findings of EMNLP)",
    stages: [
      StageRecipe(
        "intermediate", epochs: 10, keep: .last,
        terms: [
          TermSettings("hidden_mse", HiddenOptions(layers: .uniform)),
          TermSettings("attention_scores_mse", LayerMapOptions(layers: .uniform)),
        ]),
      StageRecipe("prediction", epochs: 3, terms: [TermSettings("kl", KLOptions(temperature: 1))]),
    ])

  static let miniLM = Recipe(
    name: "minilm",
    summary:
      "KD with the relations among the last layer's queries, keys and values, in as many heads as fit both.",
    paper: "Wang et al. 2021, MiniLMv2 (Findings of ACL)",
    stages: [
      StageRecipe("minilm", terms: hintonTerms + [TermSettings("relations", weight: 0.33)])
    ])

  static let alp = Recipe(
    name: "alp",
    summary: "KD with each student layer's [CLS] near an attention-weighted mix of all teacher layers.",
    paper: "Passban et al. 2021, ALP-KD (AAAI)",
    stages: [
      StageRecipe(
        "alp",
        terms: [
          TermSettings("labels", weight: 0.1), TermSettings("kl", weight: 0.7, KLOptions(temperature: 20)),
          TermSettings("alp", weight: 0.2),
        ])
    ])

  static let rail = Recipe(
    name: "rail",
    summary: "KD with randomly drawn teacher layers, redrawn every epoch, in a common learned space.",
    paper: "Haidar et al. 2022, RAIL-KD (Findings of NAACL)",
    stages: [
      StageRecipe(
        "rail",
        terms: [
          TermSettings("labels", weight: 0.33), TermSettings("kl", weight: 0.33, KLOptions(temperature: 10)),
          TermSettings("rail", weight: 0.33),
        ])
    ])

  static let qualityEstimation = Recipe(
    name: "quality-estimation",
    summary:
      "The teacher's scores of gold, unlabelled and made rows; with --uncertainty-passes, less where it is unsure.",
    paper: "Gajbhiye et al. 2021, Knowledge Distillation for Quality Estimation (Findings of ACL)",
    stages: [
      StageRecipe(
        "quality-estimation", terms: [TermSettings("uncertain_mse", UncertainMSEOptions(passes: 0))])
    ])

  static let distilBERT = Recipe(
    name: "distilbert", summary: "KD, gold labels and the cosine between the last hidden states.",
    paper: "Sanh et al. 2019, DistilBERT (its task-level use; no masked language modelling)",
    stages: [
      StageRecipe(
        "distilbert",
        terms: [
          TermSettings("labels", weight: 2), TermSettings("kl", weight: 5, KLOptions(temperature: 2)),
          TermSettings("hidden_cosine"),
        ])
    ])
}
