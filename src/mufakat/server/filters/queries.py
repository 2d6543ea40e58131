"""What the filters room shows: always to somebody of the platform whose it is (I-10), or to whom it was released."""
