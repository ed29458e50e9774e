"""Actions that stay down: the menu, the shortcut and the palette hand over their state."""


def test_the_clipping_action_cuts_and_shows_everything_again(opened):
    action = opened.actions_by_id["clip"]
    action.trigger()
    assert action.isChecked()
    assert opened.viewport.clip_state()["enabled"]
    action.trigger()
    assert not opened.viewport.clip_state()["enabled"]
