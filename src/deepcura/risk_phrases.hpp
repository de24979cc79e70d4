#pragma once
// RiskPhrases: the words of a sentence that speak of a wish to be dead, a threat, an attempt or a score. For risk_concerns.cpp.

#include "deepcura/risk_concerns.hpp"

#include <array>
#include <string_view>

namespace dcs::deepcura::risk_phrases {

struct Phrase {
    RiskTopic topic;
    Concern concern;
    /// Words between blanks. "a|b": either; "a|b~": perhaps; "?" and "??": up to one or three words; "9+": a number from there
    /// on; "P": the patient or a pronoun; "POSS": "his"; "SELF": "herself"; "OTHER": any word but SELF and the like; "BE": "is";
    /// "!a|b": neither follows.
    std::string_view words;
    /// Only behind one of these words, which stand at most five words before.
    std::string_view after{};
    bool attempt = false;  // of the past, it is still for a person to read
};
inline constexpr auto suicidal = RiskTopic::suicidal;
inline constexpr auto homicidal = RiskTopic::homicidal;
inline constexpr auto doubt = Concern::doubt;
inline constexpr auto look = Concern::look;
/// What a person thinks of doing: "thought about ending it".
inline constexpr std::string_view intents =
    " thought thoughts thinking think thinks considered considering contemplated contemplating contemplates want wants wanted wanting "
    "wanna plan plans planned planning going gonna wish wishes wished decided deciding ready urge urges tempted hope hopes hoped "
    "tried trying imagine imagined imagining imagines fantasized fantasizing fantasizes talked talking talks feel feels feeling felt fantasies desire idea ideas ";

inline constexpr std::array phrases{
    Phrase{suicidal, doubt, "wish|wished|wishes|wishing that~ P ? dead|gone|die|disappear|born|alive|wake"},
    Phrase{suicidal, doubt, "wish|wished|wishes|wishing|want|wants|wanted|wanting|hopes|ready to die|disappear"},
    Phrase{suicidal, doubt, "wish|wished|wishes|wishing|want|wants|wanted|wanting to BE dead|gone"},
    Phrase{suicidal, doubt, "wish|wishes|wishing|hoping|prays|praying for death|die"},
    Phrase{suicidal, doubt,
           "want|wants|wanted|wanting to end it|things|everything|POSS !with|between|here|there|early"},
    Phrase{
        suicidal, doubt,
        "end|ending it|things|everything !with|between|here|there|early|late|for|at|by|off|up|well|amicably|peacefully",
        intents},
    Phrase{
        suicidal, doubt,
        "end|ending it|things|everything with|by a|the|POSS~ ? gun|pills|pill|rope|knife|overdose|car|overdosing|hanging|meds",
        intents},
    Phrase{suicidal, doubt, "end|ending SELF"},
    Phrase{
        suicidal, doubt,
        "want|wants|wanted|wanting|wish|wishes|wished|wishing|ready|hope|hopes|hoping for~ it|everything|this|things all~ to|would~ all~ "
        "BE~ end|ended|over !with"},
    Phrase{
        suicidal, doubt,
        "want|wants|wanted|wanting|wish|wishes|wished|wishing|hope|hopes|hoping for~ all|everything of|it|this~ to|would~ all~ BE~ "
        "end|ended|over|stop|finished|done !with|fighting|arguing|in"},
    Phrase{
        suicidal, doubt,
        "want|wants|wanted|wanting|wish|wishes|wished|wishing|hope|hopes|hoping for~ it|this to|would all~ BE~ all~ stop|finished|done !raining|in"},
    Phrase{suicidal, doubt, "not BE~ here|around|alive any|anymore|longer|tomorrow"},
    Phrase{suicidal, doubt, "not BE alive"},
    Phrase{suicidal, doubt, "rather|prefer not BE here|around|alive"},
    Phrase{suicidal, doubt, "not exist|existing", intents},
    Phrase{suicidal, doubt, "what if P ? not ? exist|existed|here|around|alive|wake|existing"},
    Phrase{suicidal, doubt, "wish|wishes|wished P not BE~ here|alive|around"},
    Phrase{suicidal, doubt, "not mind if~ P~ not|never|died|dying|dead"},
    Phrase{suicidal, doubt, "no longer BE here|alive"},
    Phrase{suicidal, doubt, "better without me|herself|himself"},
    Phrase{suicidal, doubt, "better off~ if P BE~ not|dead|gone|never"},
    Phrase{suicidal, doubt, "not|never wake|waking again|tomorrow"},
    Phrase{suicidal, doubt, "never waking|wake"},
    Phrase{suicidal, doubt, "not have|having to wake"},
    Phrase{suicidal, doubt, "not sleep|asleep and not|never wake|waking"},
    Phrase{
        suicidal, doubt,
        "not|no see|sees|seeing|saw|find|finds~ a|the|any|much|no~ point|reason|purpose|sense|use in|of|to|for~ going|go|carrying|carry|continuing|living|live|being|life "
        "!to|back|out|with|there"},
    Phrase{suicidal, doubt, "point in|of|to going|go|carrying|carry|keep|keeping on|going"},
    Phrase{suicidal, doubt, "point in|of|to|for living|live|life|continuing|existing|exist !with"},
    Phrase{
        suicidal, doubt,
        "not go|carry|keep|going on|living|going !the|a|vacation|vacations|trips|trip|walks|dates|with|disability|leave|back|to|medication|meds|about|long"},
    Phrase{suicidal, doubt, "no desire|will to live|living"},
    Phrase{suicidal, doubt, "lost|losing|loses ? will|desire|reason to live"},
    Phrase{suicidal, doubt, "done|finished with life|living"},
    Phrase{suicidal, doubt, "give|gave|giving|given up on life|living"},
    Phrase{suicidal, doubt, "leave|leaving this world|earth"},
    Phrase{suicidal, doubt, "nothing left to live for"},
    Phrase{suicidal, doubt, "unalive|unaliving|offing SELF"},
    Phrase{suicidal, doubt, "acabar|terminar con todo|ello"},
    Phrase{suicidal, doubt, "acabar|terminar con su|mi|la vida"},
    Phrase{suicidal, doubt, "no despertar|despertarme|despertarse"},
    Phrase{suicidal, doubt, "life ?? not worth"},
    Phrase{suicidal, doubt, "life ?? worthless|pointless|meaningless"},
    Phrase{suicidal, doubt, "not ? worth living"},
    Phrase{suicidal, doubt, "better off dead|gone|without|if"},
    Phrase{suicidal, doubt,
           "not|no want|wants|wanting|wish|longer to~ want|wants~ to~ live|BE|exist|wake|go alive|here|on|living|up~"},
    Phrase{suicidal, doubt, "not want|wants|wanting|wish to live|exist|wake"},
    Phrase{suicidal, doubt, "not wake|waking up"},
    Phrase{suicidal, doubt, "never wake|waking up"},
    Phrase{suicidal, doubt, "not to wake"},
    Phrase{suicidal, doubt, "wish|wished|wishes|wishing P had~ never BE born|here"},
    Phrase{suicidal, doubt, "rather BE dead"},
    Phrase{suicidal, doubt, "rather die"},
    Phrase{suicidal, doubt, "tired of living|life"},
    Phrase{suicidal, doubt, "no reason to live"},
    Phrase{suicidal, doubt, "nothing to live for"},
    Phrase{suicidal, doubt, "end|ending it all"},
    Phrase{suicidal, doubt, "end|ending|take|taking POSS own~ life"},
    Phrase{suicidal, doubt, "kill|killing|hang|hanging|shoot|shooting|drown|drowning|stab SELF"},
    Phrase{suicidal,
           doubt,
           "attempt|attempted|attempts|attempting|tried ?? suicide|overdose|hanging|overdosing",
           {},
           true},
    Phrase{suicidal, doubt, "contemplating|considering|planning|plans suicide"},
    Phrase{suicidal, doubt, "suicide|suicidal attempt|attempts|gesture|gestures", {}, true},
    Phrase{suicidal, doubt, "suicide|suicidal act|behavior"},
    Phrase{suicidal, doubt, "overdose|od|hanging attempt|attempts", {}, true},
    Phrase{
        suicidal,
        doubt,
        "attempt|attempts by|via|with|through|x2|x3 ?? overdose|od|hanging|ingestion|gunshot|jumping|cutting|gun|firearm",
        {},
        true},
    Phrase{suicidal, doubt, "attempted|tried|trying to kill|hang|shoot|end|overdose|drown|die|jump", {}, true},
    Phrase{suicidal, doubt, "took|ingested|swallowed|taking 10+ ?? tablets|pills|capsules|tabs|caps", {}, true},
    Phrase{suicidal, doubt, "took|ingested|swallowed a|the|an|his|her~ whole|entire|full~ handful|bottle", {}, true},
    Phrase{suicidal, doubt, "overdosed", {}, true},
    Phrase{suicidal, doubt, "sa|sas ?? od|overdose|overdoses|hanging", {}, true},
    Phrase{suicidal, doubt, "quiero|quiere|quisiera|deseo|desea|querer morir|morirme|morirse|matarme|matarse"},
    Phrase{suicidal, doubt, "no quiero|quiere|quisiera|deseo|desea vivir"},
    Phrase{suicidal, doubt, "quitarme|quitarse la vida"},
    Phrase{
        suicidal, doubt,
        "thinking|thoughts|considering|considered|planning|plans|urge|urges|tempted|wants|wanted of|about|to~ "
        "take|taking|swallow|swallowing all|whole|entire|every ?? pills|pill|tablets|bottle|capsules|meds|medications"},
    Phrase{suicidal, doubt,
           "thinking|thoughts|considering|considered|planning|urge|urges of|about|to~ overdosing|overdose"},
    Phrase{
        suicidal, doubt,
        "drive|driving|jump|jumping|step|stepping|throw|throwing SELF~ ?? off|into|in|from ? bridge|bridges|traffic|train|"
        "building|roof|cliff|tree|pole|window|balcony|oncoming|overpass|river"},
    Phrase{suicidal, doubt, "overdose|od on", {}, true},
    Phrase{suicidal,
           doubt,
           "intentional|intentionally|deliberate|deliberately overdose|ingestion|ingested|crashed|took",
           {},
           true},
    Phrase{suicidal, doubt, "slit|slashed|slashing POSS wrist|wrists|throat|neck", {}, true},
    Phrase{suicidal, doubt,
           "gun|noose|knife|rope|razor|blade|scissors|glass to|around|against|on POSS "
           "head|neck|throat|temple|mouth|wrist|wrists|chest|arm|arms|stomach|heart|forehead"},
    Phrase{suicidal, doubt,
           "almost|nearly took|swallowed|ingested ?? pills|pill|tablets|bottle|meds|medication|medications"},
    Phrase{suicidal, doubt, "almost|nearly jumped off|in|into|from|out"},
    Phrase{suicidal, doubt, "almost|nearly shot|hung|hanged|stabbed|cut|hurt|killed SELF"},
    Phrase{suicidal, doubt, "almost|nearly overdosed"},
    Phrase{suicidal, doubt, "almost|nearly ended|took it|things|POSS life~"},
    Phrase{
        suicidal,
        doubt,
        "took|ingested|swallowed|taking 10+ of|tylenol|acetaminophen|ibuprofen|advil|aspirin|xanax|benadryl|ambien|klonopin|ativan|trazodone|seroquel",
        {},
        true},
    Phrase{
        suicidal, doubt,
        "command|commanding|voices|voice|ah|hallucinations ?? to|telling|tell|tells|told|saying|say|says ?? hurt|kill|harm|stab|cut|shoot|hurting|killing|harming|cutting SELF"},
    Phrase{homicidal, doubt,
           "command|commanding|voices|voice|ah|hallucinations ?? to|telling|tell|tells|told|saying|say|says ?? "
           "hurt|kill|harm|stab|attack|shoot|hurting|killing|harming OTHER"},
    Phrase{suicidal, look,
           "hurt SELF !playing|lifting|running|skiing|falling|at|while|working|during|in|doing|exercising|moving|on"},
    Phrase{suicidal, doubt, "wrote|written|left ? suicide|goodbye note|letter|notes|letters"},
    Phrase{
        suicidal, look,
        "cut|cuts|cutting|scratched|scratches|scratching|burned|burns|burning|carved|bit|hit|hits|harmed|harming|harms|"
        "hurting|injured|injuring SELF"},
    Phrase{suicidal, look,
           "cut|cuts|cutting|scratched|scratches|scratching|burned|burns|burning|carved|sliced|slicing POSS ?? "
           "arm|arms|forearm|forearms|wrist|wrists|thigh|thighs|leg|legs|skin|stomach|abdomen|hip|hips|ankle|ankles"},
    Phrase{
        suicidal, look,
        "engaged|engages|engaging|endorses|endorsed|reports|reported|admits|admitted|recent|active|ongoing|current|resumed|"
        "continues|continued|started ?? selfharm|selfinjury|selfinjurious|nssi|cutting"},
    Phrase{
        suicidal, look,
        "engaged|engages|engaging|endorses|endorsed|reports|reported|admits|admitted|recent|active|ongoing|current|resumed "
        "in~ self harm|injury|mutilation|cutting"},
    Phrase{suicidal, look, "cutting again|nightly|daily|behavior|behaviors"},
    Phrase{suicidal, look, "urges|thoughts to|of selfharm|cut|cutting|harm|harming SELF~"},
    Phrase{
        suicidal, look,
        "item|question|q 9|nine|#9 BE|of|score|scored|rated|answered|positive~ 1|2|3|positive|endorsed|elevated|several|more|nearly"},
    Phrase{
        suicidal, look,
        "item9|q9|#9|9th|ninth item|question~ BE|of|score|scored|rated~ 1|2|3|positive|endorsed|elevated|several|more|nearly"},
    Phrase{suicidal, look, "phq9 9 1|2|3"},
    Phrase{suicidal, look, "item|question 9|nine of|on the~ phq9 BE|scored|score|of~ 1|2|3|positive|endorsed"},
    Phrase{suicidal, look, "positive on|for|to~ ? item|question 9|nine"},
    Phrase{suicidal, look, "positive|endorsed on|for|to~ item9|q9"},
    Phrase{suicidal, look, "cssrs|columbia|asq ?? positive|high|moderate|yes|elevated|endorsed|endorses"},
    Phrase{suicidal, look, "cssrs|columbia|asq screen|screener|score|total|rating|level|scale~ BE|score|of~ 1-10"},
    Phrase{suicidal, look, "positive ? cssrs|columbia|asq"},
    Phrase{suicidal, look, "positive suicide|suicidality ? screen|screener|screening"},
    Phrase{
        suicidal, look,
        "suicide|suicidal|suicidality|selfharm risk ?? high|moderate|elevated|imminent|severe|increased|significant"},
    Phrase{
        suicidal, look,
        "high|moderate|elevated|imminent|increased|significant|severe|substantial ? risk of|for ? suicide|suicidal|suicidality|self|selfharm|harm|completed|dying"},
    Phrase{suicidal, look,
           "high|moderate|elevated|imminent|increased|severe suicide|suicidal|acute|safety|selfharm risk"},
    Phrase{
        suicidal, look,
        "acute|overall|current|safety|imminent risk level|rating~ BE~ high|moderate|elevated|imminent|severe|increased"},
    Phrase{suicidal, look, "risk level|category|rating BE~ high|moderate|elevated|imminent|severe"},
    Phrase{suicidal, look, "imminent|acute danger|risk to"},
    Phrase{suicidal, look, "change|changes in ? suicidal|suicidality|si|selfharm"},
    Phrase{homicidal, look, "change|changes in ? homicidal|homicidality|hi"},
    Phrase{suicidal, look, "danger|risk to SELF"},
    Phrase{homicidal, look, "danger|risk to others"},
    Phrase{homicidal, look, "homicide|homicidal|violence risk ?? high|moderate|elevated|imminent|severe|increased"},
    Phrase{homicidal, look, "high|moderate|elevated|imminent|increased ? risk of|for|to ? homicide|violence|others"},
    Phrase{
        homicidal, doubt,
        "threat|threats|threaten|threatens|threatened|threatening|want|wants|wanted|wanting|wish|wishes|plan|plans|planning|"
        "intends|intent|intention|thoughts|thought|thinks|think|thinking|considering|contemplating|urges|urge|fantasies|fantasizes|fantasized|desire|going|ready ?? "
        "shoot|shooting|stab|stabbing|kill|killing|hurt|hurting|harm|harming|strangle|strangling|murder|murdering|choke|"
        "choking|attack|attacking|beat|beating|poison|bomb OTHER"},
    Phrase{homicidal, doubt, "threatened|threatens|threatening OTHER ?? with|knife|gun|death"},
    Phrase{homicidal, doubt, "threatened|threatens|threatening POSS|P|others|to OTHER"},
    Phrase{homicidal, doubt, "made|makes|making|voiced|voices ?? threat|threats"},
    Phrase{homicidal, doubt,
           "P|will|would|gonna kill|shoot|stab|murder POSS|him|them|her|someone|everyone|people OTHER~"},
};

}  // namespace dcs::deepcura::risk_phrases
