#include "deepcura/topics.hpp"

#include "deepcura/fields.hpp"
#include "deepcura/word_list.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace dcs::deepcura {

namespace {

constexpr std::size_t longest_title = 160;  // bytes that are looked at

constexpr std::string_view topics_of_subjective =
    " suicidalideation homicidalideation suicidality homicidality suicidalthoughts sihi si hi avh therapy counseling "
    "treatmenthistory lastvisit lastseen lastappointment lastsession previousvisit priorvisit lastmenstrualperiod lmp phq9 gad7 pcl5 asrs mdq "
    " sleep appetite energy mood anxiety concentration focus motivation interests interest libido sexualfunction pain stressors "
    "substanceuse substances substanceabuse alcohol alcoholuse tobacco tobaccouse nicotine caffeine cannabis marijuana druguse drugs "
    "relationships relationship family work school occupation employment education housing livingsituation legal finances "
    "financial trauma traumahistory coping copingskills supports support supportsystem socialsupport sideeffects "
    "medicationsideeffects adverseeffects adherence medicationadherence compliance medicationcompliance medicationresponse "
    "triggers onset duration severity location quality timing context modifyingfactors associatedsymptoms irritability panic "
    "depression depressivesymptoms anxietysymptoms mania manicsymptoms psychosis psychoticsymptoms ptsd ptsdsymptoms ocd "
    "eatinghabits eating diet weight exercise selfcare dailyfunctioning functioning adls memory cognition attention "
    "hopelessness guilt anhedonia psychiatric medical constitutional neuro neurological gi gastrointestinal respiratory "
    "cardiovascular musculoskeletal general heent skin goalscurrentsymptoms symptoms currentmedications homemedications  medications medication meds strengths currentstressors psychosocialstressors psychosocial sleepquality mentalhealth physicalhealth intervalevents hobbies spirituality schoolperformance socialfunctioning developmental social ";
constexpr std::string_view topics_of_objective =
    " suicidalideation homicidalideation suicidality homicidality suicidalthoughts homicidalthoughts sihi si hi avh "
    " appearance grooming hygiene dress attire eyecontact behavior behaviour attitude cooperation rapport psychomotor "
    "psychomotoractivity motor motoractivity movement gait station gaitandstation muscletone muscletonestrength posture speech language mood affect thoughtprocess thoughtprocesses "
    "thoughtcontent thoughtform thoughts perception perceptions perceptualdisturbances hallucinations delusions insight judgment "
    "judgement insightjudgment orientation cognition cognitive memory attention concentration attentionconcentration "
    "attentionspan fundofknowledge knowledge intelligence intellect abstraction abstractthinking impulsecontrol reliability "
    "alertness consciousness levelofconsciousness sensorium general constitutional heent eyes ears nose throat neck heart lungs "
    "chest abdomen abd ext msk ent mouth back pulm pulmonary lymph derm vascular genitourinary skin vitals screening neuro neurological extremities musculoskeletal respiratory cardiovascular cardiac cv resp gi gu psych "
    "psychiatric bp bloodpressure hr heartrate rr pulse temp temperature spo2 o2sat weight height bmi phq9 gad7 pcl5 asrs mdq "
    "audit dast cssrs ymbocs ymrs moca mmse ratingscales scales screeners screeningtools measures questionnaires "
    "assessmentscales ";
constexpr std::string_view topics_of_plan =
    " medications medication meds medicationmanagement medicationchanges medicationplan pharmacotherapy pharmacologic "
    "pharmacological psychopharmacology nonpharmacologic nonpharmacological rx prescriptions refills therapy psychotherapy "
    "individualtherapy familytherapy grouptherapy therapyplan counseling counselling supportivetherapy behavioral behavioural "
    "psychosocial social safety safetyplan safetyplanning crisisplanning return returnvisit followup labs lab labwork imaging "
    "tests testing orders workup diagnostics diagnostic monitoring referrals referral consults consultation coordination "
    "coordinationofcare carecoordination education patienteducation psychoeducation lifestyle sleep sleephygiene diet nutrition "
    "exercise substanceuse substances homework goals treatmentgoals shorttermgoals longtermgoals tasks todo interventions "
    "therapeuticinterventions supports school work family medical rationale riskbenefits informedconsent level levelofcare "
    "frequency duration continue start stop changes new ";
constexpr std::string_view topics_of_assessment =
    " severity course prognosis progress progresstowardgoals progresstowardsgoals progresstogoals status currentstatus clinicalstatus overall "
    "summary rationale specifier specifiers response treatmentresponse responsetotreatment strengths barriers functioning "
    "functionalstatus functionalimpairment impairment levelofcare leveloffunctioning gaf whodas stability predisposing precipitating "
    "perpetuating protective protectivefactors predisposingfactors precipitatingfactors perpetuatingfactors precipitants "
    "contributingfactors psychosocialstressors stressors etiology complexity medicalcomplexity discussion reasoning "
    "clinicalreasoning clinicalrationale justification evidence criteria dsm5criteria note notes comment comments phq9 gad7 pcl5 asrs mdq cssrs "
    "ymrs moca changes improvement improvements concerns insight symptoms currentsymptoms sleep mood anxiety problem "
    "problem1 problem2 problem3 problem4 problem5 axisi axisii axisiii axisiv axisv formulation ";
/// Words of the titles of problems.
constexpr std::string_view problem_words =
    " disorder disorders syndrome disease depression depressive mdd gad ptsd adhd add ocd bipolar anxiety panic phobia insomnia "
    "dysthymia pdd psychosis schizophrenia schizoaffective mania hypomania bpd asd autism dementia delirium anorexia bulimia "
    "aud oud sud dependence withdrawal abuse grief bereavement trauma adjustment hypertension htn diabetes dm dm2 t2dm "
    "hyperlipidemia hld hypothyroidism hyperthyroidism gerd asthma copd cad chf ckd osa obesity migraine migraines headache pain "
    "anemia infection uri uti cough apnea neuropathy seizure seizures epilepsy fibromyalgia arthritis osteoarthritis deficiency "
    "prediabetes cellulitis pneumonia bronchitis sinusitis fatigue nausea constipation irritability mood attention sleep "
    "problem diagnosis axis ";
constexpr std::string_view outsider_words =
    " risk risks safety suicide suicidal suicidality homicidal violence billing billed cpt icd icd10 signature signed signatures "
    "attestation attest time consent disclaimer collateral addendum addenda transcript supervision supervisor telehealth "
    "reviewedby firearm firearms mandated insurance authorization provider ";
/// Titles that say no more than the name of the part does, and endings that add nothing.
constexpr std::string_view plain_titles =
    " cc chiefcomplaint chiefconcern presentingproblem presentingconcern presentingcomplaint reasonforvisit reasonforencounter hpi "
    "interimhistory interimhx interim intervalhpi interimupdate presentillness ccandhpi "
    "historyofpresentillness historyofpresentingillness historyofpresentillnesshpi intervalhistory intervalhx intervalupdate "
    "subjectivedata subjectivehistory motivodeconsulta motivodelaconsulta historiadelaenfermedadactual enfermedadactual "
    "queixaprincipal histórico "
    "exam examination physicalexam physicalexamination pe mse mentalstatus mentalstatusexam mentalstatusexamination vitals "
    "observation clinicalobservations clinicalobservation behavioralobservation "
    "vitalsigns vs objectivedata observations behavioralobservations signosvitales examenfisico examenfísico exploracionfisica "
    "exploraciónfísica examenmental estadomental examendelestadomental examefísico examefisico examemental "
    "imp impr ax conclusion conclusions clinicalconclusion clinicalconclusions dximpression diagnosticassessment diagnosticformulation "
    "psychiatricformulation biopsychosocialformulation assessmentandformulation impressionandformulation "
    "impression impressions clinicalimpression clinicalimpressions diagnosticimpression diagnosticimpressions formulation "
    "clinicalformulation caseformulation assessmentanddiagnosis medicaldecisionmaking mdm clinical impresion impresión "
    "impresiondiagnostica impresióndiagnóstica impresionclinica impresiónclínica diagnosis diagnoses dx diagnosticos diagnósticos "
    "diagnostico diagnóstico "
    "rec recs management recommendedplan treatmentplanning treatmentrecommendations recommendations recommendation planandrecommendations nextsteps actionplan "
    "plannextsteps plantratamiento plandemanejo tratamiento recomendaciones indicaciones conduta "
    "s o a p ap subjective objective assessment plan ";
constexpr std::array<std::string_view, 6> plain_endings{"section", "note", "notes", "findings", "summary", "details"};

std::string_view topics_of(Part part) {
    switch (part) {
    case Part::subjective: return topics_of_subjective;
    case Part::objective: return topics_of_objective;
    case Part::assessment: return topics_of_assessment;
    case Part::plan:
    case Part::both: return topics_of_plan;
    case Part::mixed:
    case Part::none: return {};
    }
    return {};
}

template <class Says>
bool any_word(std::string_view title, Says says) {
    title = title.substr(0, longest_title);
    while (!title.empty()) {
        const auto end = std::min(title.size(), title.find_first_of(" /&,;()[]-|"));
        if (says(normalised(title.substr(0, end)))) return true;
        title.remove_prefix(std::min(title.size(), end + 1));
    }
    return false;
}

/// The title itself, and what stands in its brackets.
struct Bracketed {
    std::string title{};
    std::string inside{};
};
Bracketed without_brackets(std::string_view given) {
    Bracketed found;
    int depth = 0;
    for (const char letter : given) {
        if (letter == '(' || letter == '[') ++depth;
        else if ((letter == ')' || letter == ']') && depth > 0) --depth;
        else (depth > 0 ? found.inside : found.title) += letter;
    }
    return found;
}

bool is_plain_name(std::string_view title) {
    const auto name = normalised(title);
    if (is_among(plain_titles, name)) return true;
    return std::ranges::any_of(plain_endings, [&](std::string_view ending) {
        return name.ends_with(ending) &&
               is_among(plain_titles, std::string_view{name}.substr(0, name.size() - ending.size()));
    });
}

}  // namespace

bool is_topic_of(Part part, std::string_view title) {
    const auto pieces = joined_titles(title.substr(0, longest_title));
    return std::ranges::all_of(pieces, [&](std::string_view piece) {
        return is_among(topics_of(part), normalised(without_brackets(piece).title));
    });
}

bool names_a_problem(std::string_view title) {
    return any_word(title, [](const std::string& word) { return is_among(problem_words, word); });
}

bool is_foreign_to_assessments(std::string_view title) {
    if (is_topic_of(Part::assessment, title) || names_a_problem(title)) return false;
    const auto named = named_part(title);
    return is_topic_of(Part::plan, title) || is_topic_of(Part::subjective, title) ||
           is_topic_of(Part::objective, title) || named.kind == NameKind::item;
}

bool leads_in(std::string_view title) {
    constexpr std::string_view last_words =
        " reports reported reporting states stated says said saying notes noted endorses endorsed denies denied include includes "
        "including included follows following is are was were that asked answered replied responded explained described describes "
        "added commented remarked shared shares tells told for of with as on to from q question quote ";
    constexpr std::string_view speakers =
        " patient pt client mother mom father dad parent parents sister brother son daughter wife husband spouse partner teacher "
        "caregiver guardian grandmother grandfather doctor dr provider clinician therapist interviewer me i she he they question q "
        "answer response ";
    const auto last = normalised(title.substr(title.find_last_of(' ') + 1));
    const bool sentence = title.find(' ') != std::string_view::npos && is_among(last_words, last);
    return sentence || is_among(speakers, normalised(title));
}

bool names_an_outsider(std::string_view title) {
    return any_word(title, [](const std::string& word) { return is_among(outsider_words, word); });
}

bool names_a_record(std::string_view title) {
    constexpr std::string_view last_words =
        " note notes report reports history exam examination review results findings statement information attestation impression "
        "assessment formulation diagnosis diagnoses physician provider clinician signature level score status entry complaint "
        "observations screening symptoms ";
    return is_among(last_words, normalised(title.substr(title.find_last_of(' ') + 1)));
}

bool names_a_risk_or_record(std::string_view title) {
    constexpr std::string_view words =
        " risk risks billing billed cpt signature signed signatures attestation attest disclaimer addendum addenda transcript "
        "supervision telehealth telemedicine ";
    return any_word(title, [&](const std::string& word) { return is_among(words, word); });
}

bool names_part_alone(std::string_view given) {
    const auto [title, inside] = without_brackets(given.substr(0, longest_title));
    const auto named = named_part(given);
    if (!normalised(inside).empty()) {
        const auto repeated = named_part(inside);
        if (repeated.part == Part::none || repeated.part != named.part) return false;
    }
    if (named.kind == NameKind::primary && named.part != Part::mixed) return true;
    const auto pieces = joined_titles(title);
    return std::ranges::all_of(pieces, is_plain_name);
}

}  // namespace dcs::deepcura
