import numpy as np
import pytest
import torch
from eigenform.spectral.loss import nested_loss, optimal_loss, ritz_loss, solve_last_layer

RNG = np.random.default_rng(0)
COLUMNS, PROBES = RNG.standard_normal((40, 6)), RNG.standard_normal((40, 9))
MASS = RNG.random(40) + 0.1


def brute_force(columns, probes, mass, error):
    """Project every probe on the first k columns by normal equations, for every k."""
    mass = np.ones(len(columns)) if mass is None else mass
    norm = mass if error == "mass" else np.ones(len(columns))
    total = 0.0
    for k in range(1, columns.shape[1] + 1):
        head = columns[:, :k]
        coefficients = np.linalg.solve(head.T @ (mass[:, None] * head), head.T @ (mass[:, None] * probes))
        total += (norm[:, None] * (probes - head @ coefficients) ** 2).sum()
    return total / columns.shape[1] / probes.shape[1]


def tensors(*arrays):
    return [None if a is None else torch.tensor(a) for a in arrays]


@pytest.mark.parametrize(("mass", "error"), [(None, "plain"), (None, "mass"), (MASS, "mass"), (MASS, "plain")])
def test_closed_form_equals_brute_force(mass, error):
    columns, probes, weight = tensors(COLUMNS, PROBES, mass)
    found = float(nested_loss(columns, probes, weight, error))
    assert found == pytest.approx(brute_force(COLUMNS, PROBES, mass, error), rel=1e-10)


@pytest.mark.parametrize("error", ["mass", "plain"])
def test_gradient_of_the_closed_form(error):
    columns, probes, mass = tensors(COLUMNS, PROBES, MASS)
    columns.requires_grad_()
    mass.requires_grad_()
    assert torch.autograd.gradcheck(lambda c, m: nested_loss(c, probes, m, error), (columns, mass))


def test_the_learned_mass_is_differentiable_through_the_first_column():
    columns, probes = tensors(COLUMNS, PROBES)
    columns.requires_grad_()

    def loss(c):
        frame, _ = torch.linalg.qr(c)
        return nested_loss(c, probes, frame[:, 0] ** 2 + 1e-12, error="plain")

    assert torch.autograd.gradcheck(loss, (columns,))


def test_variable_projection_gives_value_and_gradient_of_the_solved_loss():
    columns, probes = tensors(RNG.standard_normal((40, 8)), PROBES)
    columns.requires_grad_()

    def direct(c):
        frame, _ = torch.linalg.qr(c)
        values = torch.linalg.eigvalsh(frame.T @ probes @ probes.T @ frame).flip(0)[:5]
        return (probes**2).sum() - (torch.arange(5, 0, -1, dtype=c.dtype) / 5 * values).sum()

    loss, _, last = ritz_loss(columns, probes, 5)
    loss.backward()
    expected = torch.autograd.grad(direct(columns), columns)[0]
    assert float(loss.detach()) == pytest.approx(float(direct(columns.detach())), rel=1e-12)
    assert torch.allclose(columns.grad, expected, atol=1e-9)
    frame = (columns @ last).detach()
    assert torch.allclose(frame.T @ frame, torch.eye(5, dtype=frame.dtype), atol=1e-10)
    assert float(nested_loss(frame, probes)) * 9 == pytest.approx(float(loss.detach()), rel=1e-10)


def test_the_optimum_is_a_lower_bound_that_the_singular_vectors_reach():
    (probes,) = tensors(PROBES)
    frame, singular, _ = torch.linalg.svd(probes, full_matrices=False)
    optimum = optimal_loss(float((probes**2).sum()), singular**2, 6) / 9
    assert float(nested_loss(frame[:, :6], probes)) == pytest.approx(optimum, rel=1e-10)
    for seed in range(20):
        other = torch.tensor(np.random.default_rng(seed).standard_normal((40, 6)))
        assert float(nested_loss(other, probes)) > optimum
        assert float(nested_loss(other, probes, other[:, 0] ** 2 + 0.1, "plain")) > optimum


def test_any_other_order_of_the_best_columns_is_worse():
    _, probes = tensors(COLUMNS, PROBES)
    frame = torch.linalg.svd(probes, full_matrices=False)[0][:, :6]
    assert float(nested_loss(frame.flip(1), probes)) > float(nested_loss(frame, probes)) * 1.01


def test_a_redundant_column_leaves_the_last_layer_as_it_was():
    columns, probes = tensors(COLUMNS, PROBES)
    doubled = torch.cat([columns, columns[:, :1] * 3], 1)
    seen, again = columns.T @ probes, doubled.T @ probes
    one = solve_last_layer(columns.T @ columns, seen @ seen.T, 4)[0]
    two = solve_last_layer(doubled.T @ doubled, again @ again.T, 4)[0]
    assert torch.allclose(one, two, rtol=1e-9)
