extension Suggestion {
    /// What people who come from PyTorch, Keras or NumPy call things, with the names here, the likeliest first.
    private static let foreign: [String: [String]] = [
        "linear": ["Dense"], "conv1d": ["Conv"], "conv2d": ["Conv"], "conv3d": ["Conv"], "convtranspose2d": ["ConvTranspose"],
        "maxpool1d": ["MaxPool"], "maxpool2d": ["MaxPool"], "maxpooling2d": ["MaxPool"], "avgpool2d": ["AvgPool"], "averagepooling2d": ["AvgPool"],
        "adaptiveavgpool2d": ["GlobalAvgPool"], "globalaveragepooling2d": ["GlobalAvgPool"], "batchnorm1d": ["BatchNorm"],
        "batchnorm2d": ["BatchNorm"],
        "batchnormalization": ["BatchNorm"], "layernormalization": ["LayerNorm"], "modulelist": ["Repeat"],
        "multiheadedattention": ["MultiHeadAttention"], "crossentropyloss": ["cross_entropy"], "bcewithlogitsloss": ["bce"], "bceloss": ["bce"],
        "binary_cross_entropy": ["bce"], "categorical_crossentropy": ["cross_entropy"], "mseloss": ["mse"], "l1loss": ["mae"], "nllloss": ["nll"],
        "kldivloss": ["kl"], "randn": ["normal"], "rand": ["uniform"], "randint": ["integers"], "array": ["tensor"], "cat": ["concat"],
        "hstack": ["concat"], "vstack": ["concat"], "dot": ["matmul"], "unsqueeze": ["reshape"], "view": ["reshape"], "swish": ["silu"],
        "println": ["print"], "length": ["len", "count"], "size": ["count", "len"], "str": ["string"],
        "lr": ["rate"], "learning_rate": ["rate"], "weight_decay": ["decay"], "eps": ["epsilon"], "bias": ["use_bias"], "kernel_size": ["kernel"],
        "out_channels": ["channels"], "filters": ["channels"], "num_layers": ["layers"], "bidirectional": ["both"], "hidden_size": ["units"],
        "out_features": ["units"], "num_heads": ["heads"], "embed_dim": ["width"], "is_causal": ["causal"], "label_smoothing": ["smoothing"],
        "ignore_index": ["ignore"], "negative_slope": ["slope"], "dim": ["axis"], "keepdim": ["keep"], "keepdims": ["keep"],
        "scheduler": ["schedule"], "max_norm": ["clip_norm"], "batch_size": ["batch"], "num_embeddings": ["count"],
    ]

    /// What a name of another library is called here, if the candidates have it.
    package static func translated(_ name: String, in candidates: some Sequence<String>) -> String? {
        guard let names = foreign[name.lowercased()] else { return nil }
        let known = Set(candidates)
        return names.first { known.contains($0) }
    }
}
