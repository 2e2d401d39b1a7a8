/// Methods with more than one learner, or with text that is made or chosen while training.
extension Recipe {
  /// Hinton's loss on real rows, half and half, for lessons that add to it.
  private static let realTerms = [
    TermSettings("labels", weight: 0.5), TermSettings("kl", weight: 0.5, KLOptions(temperature: 1)),
  ]

  static let codistill = Recipe(
    name: "codistill",
    summary: "Peers (--peers) that learn labels and what the others say on average; no teacher.",
    paper:
      "Anil et al. 2018, Large scale distributed neural network training through online distillation (ICLR)",
    stages: [StageRecipe("codistill", lesson: NamedSettings("codistill"))])

  static let mate = Recipe(
    name: "mate",
    summary:
      "KD on real rows, and on rows that a generator (--generator) rewrites to part student and teacher.",
    paper: "Rashid et al. 2021, MATE-KD: Masked Adversarial TExt (ACL)",
    stages: [
      StageRecipe(
        "mate",
        terms: [
          TermSettings("labels", weight: .constant(1.0 / 3)),
          TermSettings("kl", weight: .constant(1.0 / 3), KLOptions(temperature: 1)),
        ], lesson: NamedSettings("mate"))
    ])

  static let minimaxKNN = Recipe(
    name: "minimax-knn",
    summary: "KD on real rows, and on those neighbours in a bank of text (--bank) that part the two most.",
    paper: "Kamalloo et al. 2021, Not Far Away, Not So Close (Findings of ACL)",
    stages: [
      StageRecipe(
        "minimax-knn",
        terms: [
          TermSettings("labels", weight: 0.5), TermSettings("kl", weight: 0.5, KLOptions(temperature: 2)),
        ], lesson: NamedSettings("minimax-knn"))
    ])

  static let imitation = Recipe(
    name: "imitation",
    summary:
      "KD on rows of which ever more are rewritten by a generator (--generator) and labelled by the teacher.",
    paper: "Lin et al. 2020, Autoregressive knowledge distillation through imitation learning (EMNLP)",
    stages: [StageRecipe("imitation", terms: realTerms, lesson: NamedSettings("imitation"))])

  static let meta = Recipe(
    name: "meta",
    summary: "KD from a teacher that learns to teach, by quiz rows which the student never learns from.",
    paper: "Zhou et al. 2022, BERT Learns to Teach: Knowledge Distillation with Meta Learning (ACL)",
    stages: [StageRecipe("meta", lesson: NamedSettings("meta"))])

  static let reinforced = Recipe(
    name: "reinforced",
    summary: "KD from several teachers, of which a policy learns whom to follow for each row.",
    paper: "Yuan et al. 2021, Reinforced Multi-Teacher Selection for Knowledge Distillation (AAAI)",
    stages: [StageRecipe("reinforced", lesson: NamedSettings("reinforced"))])
}
