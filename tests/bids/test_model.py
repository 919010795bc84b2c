"""The model: scikit-learn's contract, what it may know, when it abstains, and that its probabilities mean something."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import roc_auc_score
from tests.bids.markets import market

from caselens.bids import CollusionModel
from caselens.bids._calibration import consistency_band
from caselens.bids._guard import REASONS
from caselens.bids._history import History
from caselens.core.errors import UsageError


@pytest.fixture(scope="module")
def trained() -> CollusionModel:
    bids, labels = market(120, seed=1)
    return CollusionModel(trees=60).fit(bids, labels)


def test_it_finds_the_cartel_in_tenders_it_never_saw(trained):
    bids, labels = market(60, seed=2)
    probability = trained.predict_proba(bids)
    assert probability.shape == (len(bids), 2)
    assert np.allclose(probability.sum(axis=1), 1)
    assert roc_auc_score(labels, probability[:, 1]) > 0.95
    assert (trained.predict(bids) == labels).mean() > 0.9
    assert trained.abstains(bids).mean() < 0.1


def test_scikit_learn_can_clone_it_and_labels_may_be_booleans():
    bids, labels = market(40, seed=1)
    model = CollusionModel(trees=20, seed=3)
    assert clone(model).get_params() == model.get_params()
    first = model.fit(bids, labels).predict_proba(bids)
    again = clone(model).fit(bids, pd.Series(labels, index=bids.index).astype(bool)).predict_proba(bids)
    assert np.array_equal(first, again)


def test_a_tender_is_judged_by_its_own_bids_whatever_else_is_asked(trained):
    bids, _ = market(60, seed=2)
    together = trained.predict_proba(bids)[:, 1]
    for tender_id in bids["tender_id"].unique()[:5]:
        own = (bids["tender_id"] == tender_id).to_numpy()
        assert trained.predict_proba(bids[own])[:, 1] == pytest.approx(together[own])
    order = np.random.default_rng(0).permutation(len(bids))
    assert trained.predict_proba(bids.iloc[order])[:, 1] == pytest.approx(together[order])


def test_labels_that_mean_nothing_teach_nothing():
    # Coin-flip labels of tenders: a tender's own label coming back through its bidders' records would show out of fold.
    bids, _ = market(120, seed=5)
    coin = dict(zip(bids["tender_id"].unique(), np.random.default_rng(0).integers(0, 2, 120), strict=True))
    model = CollusionModel(trees=40).fit(bids, bids["tender_id"].map(coin).to_numpy())
    assert 0.3 < model.training_["auc_out_of_fold"] < 0.7
    fresh, _ = market(60, seed=6)
    assert model.predict_proba(fresh)[:, 1].std() < 0.15


def test_records_of_bidders_leave_the_own_fold_out_by_hand():
    # a: tenders 1 (rigged, fold 0), 2 (honest, fold 1), 3 (rigged, fold 1); b: tender 1. Base rate over bids 3/4.
    bids = pd.DataFrame({"tender_id": [1, 2, 3, 1], "bidder_id": ["a", "a", "a", "b"]})
    folds = np.array([0, 1, 1, 0])
    history = History(bids, np.array([1, 0, 1, 1]), folds)
    own_out = history.records(bids, folds)
    # a seen from fold 0: one rigged of two, (1 + 2*.75)/(2 + 2) = .625; from fold 1: one of one, 2.5/3.
    assert own_out["rate"].tolist() == pytest.approx([0.625, 2.5 / 3, 2.5 / 3, 0.75])
    assert own_out["tenders"].tolist() == [2, 1, 1, 0]
    stranger = history.records(pd.DataFrame({"tender_id": [9], "bidder_id": ["z"]}))
    assert stranger.loc[0].tolist() == [0.75, 0]


def test_another_market_is_met_with_abstention_and_widened_not_with_confidence(trained):
    foreign, labels = market(60, seed=3, scale=5e8, honest_spread=0.004, bids=(9, 9), prefix="X")
    assert trained.abstains(foreign).all()
    assert (trained.reasons(foreign) != "").all()
    probability = trained.predict_proba(foreign)[:, 1]
    assert probability.min() >= 0.4
    assert probability.max() <= 0.6
    one = foreign[foreign["tender_id"] == "XT002"]  # alone too: none of its bidders was ever seen
    assert "bidders_unknown" in trained.reasons(one).iloc[0]
    assert len(labels) == len(foreign)


def test_widening_keeps_the_order(trained):
    foreign, _ = market(40, seed=3, prefix="X")
    assert trained.abstains(foreign).all()
    raw, widened = trained._raw(foreign), trained.predict_proba(foreign)[:, 1]
    assert widened == pytest.approx(0.5 + 0.2 * (raw - 0.5))


def test_strata_it_was_not_trained_on_are_named():
    bids, labels = market(60, seed=1)
    bids["evaluation_method"] = "lowest_evaluated_price"
    model = CollusionModel(trees=20).fit(bids, labels)
    asked = market(6, seed=2)[0]
    code = "evaluation_method_unknown"
    known = asked.assign(evaluation_method="lowest_evaluated_price")
    assert not model.reasons(known).str.contains(code).any()
    assert model.reasons(known.assign(evaluation_method="average_price")).str.contains(code).all()
    assert model.reasons(asked).str.contains(code).all()  # not given: the stratum cannot be known
    assert model.training_["strata"] == {"evaluation_method": ["lowest_evaluated_price"]}


def test_a_model_that_was_never_told_the_method_is_not_asked_about_average_prices(trained):
    asked = market(6, seed=2)[0]
    assert (trained.reasons(asked.assign(evaluation_method="ceiling_random")) == "evaluation_method_unknown").all()
    assert not trained.abstains(asked.assign(evaluation_method="comprehensive")).any()


def test_too_few_or_too_many_bids_and_strange_prices_are_named_in_both_languages(trained):
    one = pd.DataFrame({"tender_id": ["A"], "bidder_id": ["f1"], "price": [1e6], "is_winner": [True]})
    many = market(1, seed=2, bids=(20, 20), firms=40)[0].assign(tender_id="B", bidder_id="f1")
    many = pd.concat([many, many.assign(price=many["price"] * 1.1)])
    codes = trained.reasons(pd.concat([one, many], ignore_index=True))
    assert codes.iloc[0].startswith("too_few_bids;bids_outside_range")
    assert "bids_outside_range" in codes.iloc[-1]
    assert trained.reasons(one, "zh").iloc[0].startswith(REASONS["too_few_bids"].zh)
    assert trained.reasons(one, "en").iloc[0].startswith(REASONS["too_few_bids"].en)
    huge = market(1, seed=2)[0]
    assert "prices_unlike_training" in trained.reasons(huge.assign(price=huge["price"] * 1e7)).iloc[0]


def test_two_markets_are_learnt_together_and_a_third_is_unknown():
    first, first_labels = market(60, seed=1, prefix="A")
    second, second_labels = market(60, seed=2, scale=1e4, prefix="B")
    bids = pd.concat([first.assign(market="A"), second.assign(market="B")], ignore_index=True)
    model = CollusionModel(trees=40).fit(bids, np.concatenate([first_labels, second_labels]))
    assert model.training_["strata"]["market"] == ["A", "B"]
    again, labels = market(30, seed=3, scale=1e4, prefix="B")
    assert roc_auc_score(labels, model.predict_proba(again.assign(market="B"))[:, 1]) > 0.95
    assert model.reasons(again.assign(market="C")).str.contains("market_unknown").all()


def test_labels_that_differ_within_a_tender_are_learnt_bid_by_bid():
    bids, labels = market(60, seed=1)
    is_cover = labels.astype(bool) & ~bids["is_winner"].to_numpy()  # only the cover bids are labelled
    model = CollusionModel(trees=60).fit(bids, is_cover)
    assert model.level_ == "bid"
    fresh, fresh_labels = market(40, seed=2)
    truth = fresh_labels.astype(bool) & ~fresh["is_winner"].to_numpy()
    probability = model.predict_proba(fresh)[:, 1]
    assert roc_auc_score(truth, probability) > 0.9
    rigged = fresh_labels.astype(bool)
    assert probability[rigged & truth].mean() > probability[rigged & ~truth].mean() + 0.2
    own = (fresh["tender_id"] == "T003").to_numpy()
    assert model.predict_proba(fresh[own])[:, 1] == pytest.approx(probability[own])


def test_bids_without_a_price_and_without_an_award_are_answered(trained):
    bids, _ = market(30, seed=2)
    unpriced = pd.DataFrame({"tender_id": ["T000"], "bidder_id": ["f3"], "price": [np.nan], "is_winner": [False]})
    asked = pd.concat([bids, unpriced], ignore_index=True)
    probability = trained.predict_proba(asked)[:, 1]
    assert np.isfinite(probability).all()
    assert probability[-1] == probability[0]
    no_award = trained.predict_proba(bids.drop(columns="is_winner"))[:, 1]
    assert np.isfinite(no_award).all()


def test_explanations_name_what_speaks_for_it(trained):
    bids, labels = market(30, seed=2)
    told = trained.explain(bids)
    assert told.index.equals(bids.index)
    rigged, honest = told[labels == 1].mean(), told[labels == 0].mean()
    assert {"spread", "gaps", "history", "winner"} <= set(told.columns)
    assert rigged["log_odds"] > honest["log_odds"]
    assert rigged["history"] > honest["history"]


def test_tenders_are_told_in_one_row_each(trained):
    bids, labels = market(30, seed=2)
    table = trained.predict_tenders(bids).set_index("tender_id")
    truth = pd.Series(labels).groupby(bids["tender_id"].to_numpy()).max().astype(bool)
    assert (table["is_flagged"] == truth).mean() > 0.9
    assert list(table.columns) == ["probability", "is_flagged", "abstains", "reason"]


def test_what_cannot_be_learnt_is_refused_with_a_sentence():
    bids, labels = market(20, seed=1)
    with pytest.raises(UsageError, match="one label a bid"):
        CollusionModel().fit(bids, labels[:-1])
    with pytest.raises(UsageError, match="0 or 1"):
        CollusionModel().fit(bids, np.where(labels == 1, 2, 0))
    with pytest.raises(UsageError, match="two tenders"):
        CollusionModel().fit(bids, np.zeros(len(bids)))


def test_fitting_and_asking_leave_the_callers_tables_alone(trained):
    bids, _ = market(10, seed=2)
    before = bids.copy()
    trained.predict_proba(bids)
    pd.testing.assert_frame_equal(bids, before)


def test_the_consistency_band_accepts_the_honest_and_rejects_the_sure():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(600), 5)
    truth = rng.uniform(0.05, 0.95, 600)
    label = (rng.random(600) < truth)[groups].astype(int)
    honest = consistency_band(truth[groups], label, groups)
    assert honest["bids"].sum() == 3000
    assert honest["is_inside"].sum() >= 9
    sure = np.clip(0.5 + 2.5 * (truth - 0.5), 0.001, 0.999)
    assert consistency_band(sure[groups], label, groups)["is_inside"].sum() <= 6
