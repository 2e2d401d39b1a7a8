import BERT

/// Requests for first-token states alone.
enum FirstToken {
  static func request(_ layers: some Sequence<Int>) -> OutputRequest {
    var request = OutputRequest()
    request.logits = false
    request.firstTokenStates = Set(layers)
    return request
  }
}
