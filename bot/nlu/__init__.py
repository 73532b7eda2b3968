"""Understanding: Rasa graph components, in pipeline order.

splitter          one message becomes the whole and its parts
sentence_encoder  dense features, the same space for all languages
ngrams            sparse features, for typos and names
topic_classifier  a calibrated probability per topic, for the whole and for each part
danger_classifier what the encoder adds to the opinion on danger
told              whether the facts that were read hold for the writer
reader            decides: topics in the order asked, certainty, danger, disclosures, language
"""
