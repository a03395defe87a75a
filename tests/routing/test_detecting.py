import pytest

from classifier.routing.detecting import detected_language, undetectable
from classifier.routing.scripts import possible_languages, scripts_of

SENTENCES = {
    "en": "The council postponed the vote on the new harbour until the auditors have seen every contract.",
    "id": "Dewan kota menunda pemungutan suara tentang pelabuhan baru sampai auditor memeriksa semua kontrak.",
    "vi": "Hội đồng thành phố hoãn cuộc bỏ phiếu về bến cảng mới cho đến khi kiểm toán xem hết hợp đồng.",
    "th": "สภาเมืองเลื่อนการลงมติเรื่องท่าเรือใหม่ออกไปจนกว่าผู้ตรวจสอบบัญชีจะดูสัญญาทุกฉบับ",
    "hi": "नगर परिषद ने नए बंदरगाह पर मतदान तब तक टाल दिया जब तक लेखा परीक्षक हर अनुबंध न देख लें।",
    "zh": "市议会推迟了对新港口的表决，直到审计人员看完所有合同。",
    "ja": "市議会は、監査人がすべての契約書を確認するまで、新しい港についての採決を延期した。",
    "ko": "시의회는 감사관이 모든 계약서를 검토할 때까지 새 항구에 대한 표결을 연기했다.",
    "my": "မြို့တော်ကောင်စီသည် ဆိပ်ကမ်းသစ်အတွက် မဲခွဲဆုံးဖြတ်မှုကို ရွှေ့ဆိုင်းလိုက်သည်။",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_the_language_of_a_sentence_is_found_among_nine(language):
    assert detected_language(SENTENCES[language], SENTENCES) == language


@pytest.mark.parametrize("language", sorted(SENTENCES.keys() - {"en", "id", "vi"}))
def test_a_headline_in_a_script_of_its_own_is_long_enough(language):
    assert detected_language(SENTENCES[language][:12], SENTENCES) == language


@pytest.mark.parametrize(
    "text", ["", "2026", "!?", "iPhone 17", "BTS", SENTENCES["ko"], "Городской совет отложил голосование."]
)
def test_no_language_is_made_up_for_too_few_letters_or_another_script(text):
    assert detected_language(text, ["en", "th"]) is None


def test_names_in_latin_letters_do_not_hide_the_language():
    assert detected_language("Apple เปิดตัว iPhone 17 Pro Max รุ่นใหม่", ["en", "th"]) == "th"
    assert detected_language("鮮の味 餐厅在台北市开业，记者昨天参观了厨房和仓库。", ["ja", "zh"]) == "zh"


def test_languages_that_the_detector_does_not_know_are_reported_and_never_guessed():
    assert undetectable(["en", "ceb", "th"]) == [("ceb", "en")]
    assert undetectable(["en", "th", "my"]) == undetectable(["en", "id", "no", "fil"]) == []
    assert detected_language(SENTENCES["en"], ["en", "ceb", "th"]) is None
    assert detected_language(SENTENCES["th"], ["en", "ceb", "th"]) == "th"


def test_both_names_of_a_language_count_as_one():
    text = "Bystyret utsatte avstemningen om den nye havna til revisorene har sett alle kontraktene."
    assert detected_language(text, ["no", "en"]) == "no"


def test_a_script_has_its_languages():
    assert scripts_of("sr") == {"Cyrillic", "Latin"}
    assert scripts_of("de") == {"Latin"}
    assert scripts_of("ja") == {"Han", "Kana"}
    assert set(possible_languages("ﾆｭｰｽ ＡＢＣ", ["ja", "zh", "ko"])) == {"ja"}
