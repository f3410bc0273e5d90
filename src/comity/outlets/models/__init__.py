"""Files beside the model that serves: its versions, and what is junked for a while."""
