#pragma once
// MedicationWords: the words with which people speak of medications without naming one. For medication_*.cpp. All in lower case,
// between blanks.

#include <array>
#include <string_view>
#include <utility>

namespace dcs::deepcura {

/// A whole text that says that there are none.
inline constexpr std::string_view whole_nones =
    " nil nkda nka nkma noknowndrugallergies noknownallergies noknownmedicationallergies unmedicated medicationfree medfree "
    "ninguno ninguna sinmedicamentos nomedicamentos niegamedicamentos notomamedicamentos sinmedicacion sinmedicación sincambios ";
inline constexpr std::string_view noes = " no not none non nothing denies denied deny denying without never ";
inline constexpr std::string_view words_around_no =
    " a an the any all of on in at to for this that time present moment today now visit session current currently active "
    "actively other others new additional further known prescribed prescription prescriptions psychotropic psychotropics "
    "psychiatric home regular daily chronic scheduled prn otc over counter herbal herbals vitamins supplement supplements "
    "medication medications med meds medicine medicines drug drugs rx allergies allergy nkda nka nkma change changes changed adjustment "
    "adjustments made needed indicated reported mentioned discussed listed noted stated documented taken taking takes take use "
    "uses using used reports states endorses patient pt client he she they who is are was were has have had been being does do "
    "did and or either started ordered given since last as per pharmacologic pharmacological regimen list ";

/// A text all of whose words are these, those above or those that go on, and one of which is one of these, names no medication: "see
/// HPI", "continue current medications".
inline constexpr std::string_view statements =
    " continue continues continued continuing same see refer review reviewed reconcile reconciled reconciliation verified updated "
    "confirmed unchanged above below attached chart ehr emr hpi soap plan note notes assessment subjective list record records "
    "pharmacy pcp provider prescriber doctor psychiatrist compliant compliance adherent adherence tolerating tolerated stable "
    "effective deferred unsure recall unable pending tbd medication medications med meds medicine medicines regimen prescriptions "
    "prescription section page document details refills refill refilled adjust adjusted change changes managed management ordered "
    "declined declines refuses documented listed discussed information history education provided counseled ";
inline constexpr std::string_view words_around_statements =
    " will be with her his their my our it its from by under full complete separate outside primary care well side effects effect "
    "issues issue concerns problems benefits risks refused available provided obtained stop stopped start started dose doses "
    "dosage dosages previous prior please also regarding about and electronic health medical nurse staff md dr rn intake family "
    "patient's pt's understanding understands agrees agree consent informed without entire discontinue discontinued prescribed "
    "treatment therapy psych continue clinic hospital external good poor obtain obtained recalled remember bottles missed database pdmp pmp checked check currently i we ";

/// Words with which a piece goes on about the medication before it.
inline constexpr std::string_view goes_on =
    " take takes taken taking with without at daily nightly weekly monthly twice once thrice three four for as by po prn every "
    "each in on bid tid qid qhs qd qam qpm qod hs one two half may can do does not no avoid monitor check checking refill refills "
    "dispense disp qty quantity sig dose doses dosage dosing reason indication due to from and or then until after before if when "
    "while patient pt client helps helpful tolerating tolerates tolerated tolerate well side last next morning evening bedtime "
    "night am pm mg mcg ml tab tabs tablet tablets cap caps capsule capsules give given use used using same current currently "
    "previously per max maximum titrate reports reported denies denied no stable effective ineffective working good poor still "
    "has have is was since under swallow crush chew dissolve apply inhale inject rinse follow call discussed reviewed labs lab "
    "level levels also increase increased decrease decreased continue continued continues stop stopped hold held "
    "she he they her his it which who that this these those only target goal total up usually sometimes occasionally mostly "
    "approximately about around filled fill refilled rx'd prescriber prescribed compliant adherent adherence compliance response "
    "responding responded benefit improved improving improvement better worse symptoms symptom effect effects nausea headache "
    "headaches drowsiness sedation dizziness tremor weight gain loss food water milk meals meal breakfast lunch dinner supper "
    "needed directed prior previous x times time hours hour hrs hr days day weeks week months month year years ago today yesterday "
    "tomorrow noon afternoon alternate alternating other oral orally sublingual topical intramuscular im iv sl sc subq buccal "
    "extended immediate release generic brand er xr xl sr ir cr dr la cd odt otc units unit puff puffs spray sprays drop drops patch "
    "patches supply pills pill monday tuesday wednesday thursday friday saturday sunday january february march april june july "
    "august september october november december follow-up followup reassess recheck ekg ecg bmp cbc cmp tsh lft lfts a1c pending "
    "started starting initiated plan consider considering discuss education counseled risks benefits will would should could "
    "because but so than more less adverse reaction tolerability efficacy mouth skin eye ears nose both left right qdaily "
    "q4h q6h q8h q12h q24h qweek qmonth frequency route strength instructions directions schedule form status "
    // What people take medications for.
    "depression depressive depressed anxiety anxious insomnia sleep mood pain nightmares nightmare ptsd adhd add panic ocd "
    "hypertension htn diabetes bipolar psychosis agitation irritability cravings craving migraines migraine focus concentration "
    "motivation energy appetite seizures seizure asthma gerd reflux cholesterol hyperlipidemia hypothyroidism thyroid attacks "
    "stabilization breakthrough mania hallucinations withdrawal ";
/// Of them, those that only say how, when or what for: the name of the medication stands before them.
inline constexpr std::string_view ends_a_name =
    " for as at by po prn every each in on bid tid qid qhs qd qam qpm qod hs to from with without daily nightly weekly monthly "
    "twice once mg mcg ml tab tabs tablet tablets cap caps capsule capsules take taken taking units unit puff puffs spray sprays "
    "drop drops patch patches er xr xl sr ir cr dr la cd odt otc oral orally sublingual topical extended immediate release one two "
    "half three four per since im iv sl sc subq morning evening bedtime night am pm qdaily q4h q6h q8h q12h q24h qweek generic ";
/// Words of an action: a medication may follow them.
inline constexpr std::string_view actions =
    " start started starting begin began continue continued continues continuing increase increased increasing decrease "
    "decreased decreasing reduce reduced stop stopped stopping discontinue discontinued dc hold held add added resume resumed "
    "restart restarted taper tapered switch switched change changed refill refilled prescribe prescribed trial new ";
inline constexpr std::string_view fillers = " a an the of ";
/// Who takes a medication, ahead of its name, and the words between the two.
inline constexpr std::string_view subjects = " patient pt client he she they currently now presently taking takes on ";
inline constexpr std::string_view who_takes =
    " patient pt client he she they is are was currently also now presently taking takes take reports states on has been "
    "maintained prescribed medications meds medication include includes including following the ";

inline constexpr std::string_view units =
    " mg mcg ug g gm gram grams kg ng ml l cc unit units iu u meq mmol puff puffs spray sprays drop drops gtt gtts tab tabs tablet "
    "tablets cap caps capsule capsules patch patches pill pills billion million cfu tsp tbsp application applications inhalation "
    "inhalations lozenge lozenges suppository µg μg ";
/// Names that begin with a digit.
inline constexpr std::array<std::string_view, 6> digit_names{"5-htp", "5htp", "5-mthf", "7-keto", "17-", "5-fu"};

/// Two substances that are one medication where 'and', '+' or '&' stands between them without a dose for each.
inline constexpr std::array combinations{
    std::pair<std::string_view, std::string_view>{"amphetamine", "dextroamphetamine"},
    std::pair<std::string_view, std::string_view>{"dextroamphetamine", "amphetamine"},
    std::pair<std::string_view, std::string_view>{"amoxicillin", "clavulanate"},
    std::pair<std::string_view, std::string_view>{"buprenorphine", "naloxone"},
    std::pair<std::string_view, std::string_view>{"calcium", "vitamin"},
    std::pair<std::string_view, std::string_view>{"carbonate", "vitamin"},
    std::pair<std::string_view, std::string_view>{"citrate", "vitamin"},
    std::pair<std::string_view, std::string_view>{"dextromethorphan", "bupropion"},
    std::pair<std::string_view, std::string_view>{"dextromethorphan", "quinidine"},
    std::pair<std::string_view, std::string_view>{"olanzapine", "fluoxetine"},
    std::pair<std::string_view, std::string_view>{"olanzapine", "samidorphan"},
    std::pair<std::string_view, std::string_view>{"naltrexone", "bupropion"},
    std::pair<std::string_view, std::string_view>{"perphenazine", "amitriptyline"},
    std::pair<std::string_view, std::string_view>{"chlordiazepoxide", "amitriptyline"},
    std::pair<std::string_view, std::string_view>{"xanomeline", "trospium"},
    std::pair<std::string_view, std::string_view>{"fluticasone", "salmeterol"},
    std::pair<std::string_view, std::string_view>{"budesonide", "formoterol"},
    std::pair<std::string_view, std::string_view>{"ipratropium", "albuterol"},
    std::pair<std::string_view, std::string_view>{"lisinopril", "hydrochlorothiazide"},
    std::pair<std::string_view, std::string_view>{"losartan", "hydrochlorothiazide"},
    std::pair<std::string_view, std::string_view>{"sacubitril", "valsartan"},
    std::pair<std::string_view, std::string_view>{"carbidopa", "levodopa"},
    std::pair<std::string_view, std::string_view>{"hydrocodone", "acetaminophen"},
    std::pair<std::string_view, std::string_view>{"oxycodone", "acetaminophen"},
    std::pair<std::string_view, std::string_view>{"acetaminophen", "codeine"},
    std::pair<std::string_view, std::string_view>{"glucosamine", "chondroitin"},
    std::pair<std::string_view, std::string_view>{"sulfamethoxazole", "trimethoprim"},
    std::pair<std::string_view, std::string_view>{"emtricitabine", "tenofovir"},
    std::pair<std::string_view, std::string_view>{"sitagliptin", "metformin"},
};

}  // namespace dcs::deepcura
