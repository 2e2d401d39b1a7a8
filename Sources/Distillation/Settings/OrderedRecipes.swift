extension Recipe {
  /// Methods of order and emphasis: parts of what a teacher knows, its way, its strength, rows in need.
  static let ordered = [
    partial, similar, top, teacherFree, selfDistillation, london, route, progressive, importance,
  ]

  static let partial = Recipe(
    name: "kd-pt",
    summary: "KD of the teacher's probability of the gold class alone, the rest spread evenly.",
    paper: "Tang et al. 2020, Understanding and Improving Knowledge Distillation",
    stages: [StageRecipe("kd-pt", terms: besideLabels("kl_gold", KLOptions(temperature: 2)))])

  static let similar = Recipe(
    name: "kd-sim", summary: "Labels softened by how near classes are in the teacher's classifier.",
    paper: "Tang et al. 2020, Understanding and Improving Knowledge Distillation",
    stages: [StageRecipe("kd-sim", terms: besideLabels("kl_similarity", SimilarityOptions(temperature: 0.3)))]
  )

  static let top = Recipe(
    name: "kd-topk", summary: "KD of the teacher's two largest probabilities alone, the rest spread evenly.",
    paper: "Tang et al. 2020, Understanding and Improving Knowledge Distillation",
    stages: [StageRecipe("kd-topk", terms: besideLabels("kl_topk", TopKOptions(temperature: 2, topK: 2)))])

  static let teacherFree = Recipe(
    name: "tf-reg",
    summary: "Labels and a teacher that nobody trained: mostly right, evenly wrong, softened.",
    paper: "Yuan et al. 2020, Revisiting Knowledge Distillation via Label Smoothing Regularization (CVPR)",
    stages: [
      StageRecipe(
        "tf-reg",
        terms: [
          TermSettings("labels", weight: 0.9),
          TermSettings(
            "virtual_teacher", weight: 0.1, VirtualTeacherOptions(temperature: 20, correctProbability: 0.99)),
        ])
    ])

  /// Hinton's loss from a teacher of the student's own shape.
  public static let selfDistillation = Recipe(
    name: "self-distillation", summary: "KD from a teacher of the student's own shape.",
    paper: "Furlanello et al. 2018, Born-Again Neural Networks (ICML); Yuan et al. 2020 (Tf-KD self)",
    stages: [StageRecipe("kd", terms: hintonTerms)])

  static let london = Recipe(
    name: "london",
    summary: "KD with blocks of layers that pass on what they are given as strongly as the teacher's.",
    paper: "Shang et al. 2021, Lipschitz Continuity Guided Knowledge Distillation (ICCV)",
    stages: [
      StageRecipe(
        "london",
        terms: hintonTerms + [
          TermSettings("lipschitz", weight: 0.1, LipschitzOptions(compare: .ratio, decay: 0.5, iterations: 5))
        ])
    ])

  /// Hinton's loss from one checkpoint of the teacher's way after the other.
  public static let route = Recipe(
    name: "rco", summary: "KD along the teacher's own way: its anchors, then what it became (--anchors).",
    paper: "Jin et al. 2019, Knowledge Distillation via Route Constrained Optimization (ICCV)",
    stages: [StageRecipe("kd", terms: hintonTerms)])

  /// Annealed logits of one checkpoint of the teacher's way after the other, then labels.
  public static let progressive = Recipe(
    name: "pro-kd",
    summary:
      "Stage 1: MSE to the logits of the teacher's anchors, scaled by 1/7 ... 1. Stage 2: gold labels.",
    paper:
      "Rezagholizadeh et al. 2022, Pro-KD: Progressive Distillation by Following the Footsteps of the Teacher (COLING)",
    stages: [
      StageRecipe(
        "progressive", epochs: 14,
        terms: [TermSettings("annealed_mse", AnnealedMSEOptions(maxTemperature: 7))]),
      StageRecipe("labels", epochs: 4, terms: [TermSettings("labels")]),
    ])

  static let importance = Recipe(
    name: "importance",
    summary: "KD on rows drawn by how far the student is from the teacher, weighted to make up for it.",
    paper: "Li et al. 2018, Dynamic Importance Sampling, read for rows",
    stages: [StageRecipe("kd", terms: hintonTerms, rows: NamedSettings("importance"))])
}
