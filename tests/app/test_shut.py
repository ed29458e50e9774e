"""What a closed viewport leaves behind."""


def test_a_closed_viewport_keeps_no_wrapper_of_what_qt_frees(opened):
    surface = opened.viewport._surface
    assert surface._ctx is not None
    opened.viewport.close()
    assert surface._ctx is None
    assert surface._surface is None
