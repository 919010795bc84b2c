"""The tenders notebook's sections: strata, one tender, and the sentence where nothing could be assessed."""

from __future__ import annotations

import pytest

from caselens.core.errors import UsageError
from tests.cities import FEE, desk_of

TENDERS = {
    "organizations": "org_id,name,kind\nU,云江区财政局,government\nA,甲建设有限公司,private\nB,乙建设有限公司,private\n"
    "C,丙建设有限公司,private\n",
    "tenders": "tender_id,title,buyer_id,method,ceiling_price,opened_at\nT1,河道整治,U,open,1000000,2020-03-01\n",
    "bids": "tender_id,bidder_id,price,is_winner\nT1,A,900000,true\nT1,B,950000,false\nT1,C,990000,false\n",
}


def test_without_tenders_every_section_says_that_nothing_could_be_assessed(tmp_path):
    tenders = desk_of(tmp_path, FEE).tenders
    for section in (tenders.strata, tenders.tender, tenders.rings, tenders.ring, tenders.fingerprints):
        assert "could not be assessed" in section("en").html
        assert "无法评估" in section("zh").html


def test_one_tender_shows_its_bids_with_names_and_rows(tmp_path):
    tenders = desk_of(tmp_path, TENDERS).tenders
    html = tenders.tender("zh", "T1").html
    assert "河道整治" in html and "甲建设有限公司" in html and "bids.csv" in html
    assert "可能的正当解释" in html
    with pytest.raises(UsageError, match="no tender"):
        tenders.tender("zh", "T9")
    with pytest.raises(UsageError, match="no picture"):
        tenders.strata("zh", "guilt")
