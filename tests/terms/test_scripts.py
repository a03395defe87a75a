"""Nearly all letters of a text lie in a term, in every script."""

import unicodedata

import pytest

from classifier.terms.analyzer import EARLIER, Analyzer
from classifier.terms.definition import located_features

#: The same sentence, or nearly: "The government opened a new hospital in the north of the city yesterday."
SENTENCES = {
    "Amharic": "መንግሥት ትናንት በከተማው ሰሜን አዲስ ሆስፒታል ከፈተ።",
    "Arabic": "افتتحت الحكومة أمس مستشفى جديدًا في شمال المدينة.",
    "Armenian": "Կառավարությունը երեկ նոր հիվանդանոց բացեց քաղաքի հյուսիսում։",
    "Bengali": "সরকার গতকাল শহরের উত্তরে একটি নতুন হাসপাতাল চালু করেছে।",
    "Burmese": "အစိုးရသည် မနေ့က မြို့မြောက်ပိုင်းတွင် ဆေးရုံအသစ် ဖွင့်လှစ်ခဲ့သည်။",
    "Chinese": "政府昨天在城市北部开设了一家新医院。",
    "English": "The government opened a new hospital in the north of the city yesterday.",
    "Georgian": "მთავრობამ გუშინ ქალაქის ჩრდილოეთში ახალი საავადმყოფო გახსნა.",
    "Greek": "Η κυβέρνηση άνοιξε χθες ένα νέο νοσοκομείο στα βόρεια της πόλης.",
    "Gujarati": "સરકારે ગઈકાલે શહેરના ઉત્તરમાં નવી હોસ્પિટલ ખોલી.",
    "Hebrew": "הממשלה פתחה אתמול בית חולים חדש בצפון העיר.",
    "Hindi": "सरकार ने कल शहर के उत्तर में एक नया अस्पताल खोला।",
    "Japanese": "政府は昨日、市の北部に新しい病院を開設した。",
    "Kannada": "ಸರ್ಕಾರ ನಿನ್ನೆ ನಗರದ ಉತ್ತರದಲ್ಲಿ ಹೊಸ ಆಸ್ಪತ್ರೆಯನ್ನು ತೆರೆಯಿತು.",
    "Khmer": "រដ្ឋាភិបាលបានបើកមន្ទីរពេទ្យថ្មីមួយនៅភាគខាងជើងទីក្រុងកាលពីម្សិលមិញ។",
    "Korean": "정부는 어제 도시 북쪽에 새 병원을 열었다.",
    "Lao": "ລັດຖະບານໄດ້ເປີດໂຮງໝໍໃໝ່ຢູ່ທາງເໜືອຂອງເມືອງໃນມື້ວານນີ້.",
    "Malayalam": "സർക്കാർ ഇന്നലെ നഗരത്തിന്റെ വടക്ക് പുതിയ ആശുപത്രി തുറന്നു.",
    "Persian": "دولت دیروز بیمارستان تازه‌ای در شمال شهر گشود.",
    "Russian": "Вчера правительство открыло новую больницу на севере города.",
    "Sinhala": "රජය ඊයේ නගරයේ උතුරේ නව රෝහලක් විවෘත කළේය.",
    "Tamil": "அரசு நேற்று நகரின் வடக்கே புதிய மருத்துவமனையைத் திறந்தது.",
    "Telugu": "ప్రభుత్వం నిన్న నగరానికి ఉత్తరాన కొత్త ఆసుపత్రిని ప్రారంభించింది.",
    "Thai": "รัฐบาลเปิดโรงพยาบาลแห่งใหม่ทางตอนเหนือของเมืองเมื่อวานนี้",
    "Vietnamese": "Hôm qua chính phủ đã mở một bệnh viện mới ở phía bắc thành phố.",
}
#: Scripts of which analyzer 1 cut the words or kept the phrases whole, for comparison.
CUT = ("Bengali", "Burmese", "Hindi", "Khmer", "Malayalam", "Tamil", "Thai")


def covered(text, terms):
    """Return the share of letters and marks that lie in a term."""
    places = {place for term in terms if " " not in term.text for place in range(term.start, term.end)}
    letters = [place for place, sign in enumerate(text) if unicodedata.category(sign)[0] in "LM"]
    return sum(place in places for place in letters) / len(letters)


@pytest.mark.parametrize("language", SENTENCES)
def test_letters_lie_in_terms(language):
    text = SENTENCES[language]
    assert covered(text, located_features(text)) >= 0.95
    if language in CUT:
        assert covered(text, Analyzer(EARLIER).located_features(text)) < 0.95


@pytest.mark.parametrize("language", SENTENCES)
def test_terms_begin_and_end_on_whole_letters(language):
    text = SENTENCES[language]
    for term in located_features(text):
        for place in (term.start, term.end):
            assert unicodedata.category(text[place : place + 1] or " ")[0] != "M"


def test_features_of_english_text_are_those_of_words_and_pairs():
    assert [term.text for term in located_features("F-16s flew over Kyiv, the “old” café at 6.30")] == [
        *("00s", "flew", "over", "kyiv", "the", "old", "café", "at", "00"),
        *("00s flew", "flew over", "over kyiv", "kyiv the", "the old", "old café", "café at", "at 00"),
    ]
