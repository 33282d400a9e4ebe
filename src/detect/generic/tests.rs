//! Behaviour of extraction and judgement, construct by construct.
