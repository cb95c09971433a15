package dingtalktest

// What the generator draws from. Each syllable stands with its spelling in
// letters, for mail addresses.

// surnames carry how many of a thousand people have them, roughly.
const surnames = `
李li72 王wang70 张zhang68 刘liu54 陈chen47 杨yang31 赵zhao23 黄huang22 周zhou21 吴wu20
徐xu17 孙sun15 胡hu13 朱zhu13 高gao12 林lin12 何he12 郭guo12 马ma11 罗luo9
梁liang9 宋song8 郑zheng8 谢xie7 韩han7 唐tang7 冯feng6 于yu6 董dong6 萧xiao6
程cheng6 曹cao6 袁yuan5 邓deng5 许xu5 傅fu5 沈shen5 曾zeng5 彭peng5 吕lv5
苏su5 卢lu5 蒋jiang5 蔡cai5 贾jia4 丁ding4 魏wei4 薛xue4 叶ye4 阎yan4
余yu4 潘pan4 杜du4 戴dai4 夏xia4 钟zhong4 汪wang4 田tian4 任ren4 姜jiang4
范fan4 方fang4 石shi4 姚yao4 谭tan4 廖liao4 邹zou4 熊xiong4 金jin4 陆lu3
郝hao3 孔kong3 白bai3 崔cui3 康kang3 毛mao3 邱qiu3 秦qin3 江jiang3 史shi3
顾gu3 侯hou3 邵shao3 孟meng3 龙long3 万wan3 段duan2 雷lei2 钱qian2 汤tang2
尹yin2 黎li2 易yi2 常chang2 武wu2 乔qiao2 贺he2 赖lai2 龚gong2 文wen2
庞pang1 樊fan1 兰lan1 殷yin1 施shi1 陶tao1 洪hong1 翟zhai1 安an1 颜yan1
倪ni1 严yan1 牛niu1 温wen1 芦lu1 季ji1 俞yu1 章zhang1 鲁lu1 葛ge1
欧阳ouyang1 诸葛zhuge1 上官shangguan1 司马sima1`

// maleSyllables and femaleSyllables make given names, alone or in pairs. They
// have nothing in common, so that different draws are different names.
const maleSyllables = `
伟wei 强qiang 磊lei 军jun 洋yang 勇yong 杰jie 涛tao 明ming 超chao
刚gang 平ping 辉hui 鹏peng 华hua 飞fei 鑫xin 波bo 斌bin 宇yu
浩hao 凯kai 健jian 俊jun 帆fan 帅shuai 旭xu 龙long 林lin 阳yang
建jian 亮liang 成cheng 峰feng 毅yi 志zhi 文wen 博bo 晨chen 东dong
海hai 江jiang 河he 山shan 川chuan 岩yan 森sen 松song 柏bai 楠nan
桐tong 栋dong 梁liang 桥qiao 权quan 彬bin 炜wei 炎yan 煜yu 烨ye
焱yan 然ran 煊xuan 灿can 炳bing 熙xi 烁shuo 煌huang 燊shen 天tian
乾qian 坤kun 宏hong 宽kuan 安an 定ding 宝bao 家jia 富fu 贵gui
荣rong 昌chang 盛sheng 兴xing 旺wang 发fa 达da 隆long 福fu 禄lu
寿shou 喜xi 祥xiang 瑞rui 庆qing 吉ji 泰tai 康kang 仁ren 义yi
礼li 智zhi 信xin 忠zhong 孝xiao 廉lian 正zheng 直zhi 德de 道dao
理li 良liang 善shan 诚cheng 实shi 厚hou 朴pu 恒heng 永yong 长chang
久jiu 远yuan 高gao 大da 广guang 深shen 厉li 坚jian 武wu 威wei
猛meng 雄xiong 豪hao 侠xia 卓zhuo 越yue 锐rui 先xian 进jin 立li
行xing 言yan 睿rui 哲zhe 学xue 书shu 章zhang 墨mo 翰han 儒ru
贤xian 才cai 俭jian 国guo 邦bang 民min 族zu 振zhen 新xin 维wei
革ge 培pei 育yu 春chun 冬dong 星xing 辰chen 雷lei 霆ting 雨yu
昊hao 昱yu 晖hui 晟sheng 景jing 曜yao 朗lang 朝chao 昕xin 子zi
一yi 元yuan 中zhong 世shi 本ben 少shao 伯bo 仲zhong 季ji 金jin
银yin 铁tie 钢gang 铭ming 钧jun 锋feng 锦jin 镇zhen 钊zhao 嘉jia
奕yi 轩xuan 泽ze 润run 泓hong 瀚han 澄cheng 源yuan 洲zhou`

const femaleSyllables = `
芳fang 娜na 敏min 静jing 秀xiu 丽li 艳yan 娟juan 霞xia 燕yan
红hong 玲ling 桂gui 英ying 梅mei 兰lan 菊ju 莲lian 荷he 莉li
萍ping 芬fen 芸yun 蓉rong 薇wei 蕾lei 萌meng 菲fei 蓓bei 茜qian
婷ting 婉wan 娇jiao 媛yuan 妍yan 娴xian 嫣yan 姝shu 妮ni 娅ya
雪xue 霜shuang 冰bing 洁jie 清qing 澜lan 漪yi 涵han 沁qin 溪xi
琳lin 琴qin 瑶yao 珊shan 珍zhen 珠zhu 琪qi 瑛ying 璐lu 瑾jin
玉yu 环huan 佩pei 珂ke 玥yue 琦qi 瑜yu 璇xuan 琬wan 璟jing
晶jing 莹ying 晴qing 曦xi 晚wan 暖nuan 昭zhao 昀yun 晗han 欣xin
怡yi 悦yue 愉yu 恬tian 慧hui 惠hui 慈ci 思si 念nian 梦meng
幻huan 诗shi 词ci 歌ge 雅ya 韵yun 乐le 音yin 舞wu 佳jia
倩qian 俏qiao 仪yi 依yi 伊yi 俪li 倚yi 伶ling 儿er 云yun
月yue 雯wen 霏fei 露lu 虹hong 彩cai 霓ni 夏xia 秋qiu 晓xiao
夕xi 夜ye 岚lan 岑cen 若ruo 如ru 亦yi 可ke 以yi 予yu
于yu 之zhi 紫zi 青qing 蓝lan 翠cui 丹dan 绿lv 碧bi 素su
白bai 彤tong 馨xin 香xiang 芝zhi 茗ming 菡han 萱xuan 蔓man 芷zhi
芮rui 茵yin 凤feng 凰huang 鸾luan 莺ying 鹂li 雁yan 蝶die 鹭lu
鸽ge 鹤he 心xin 灵ling 美mei 爱ai 真zhen 淑shu 贞zhen 端duan
宁ning 宜yi 容rong 宛wan 宣xuan 宸chen 寒han 稻dao 穗sui 禾he
苗miao 果guo 桃tao 杏xing 樱ying 柳liu 枫feng 颖ying 绣xiu 绮qi
绫ling 纯chun 缨ying 语yu 诺nuo 冉ran 苒ran 染ran 煦xu 烟yan`

// Mobile numbers begin with what the three carriers of the mainland use.
const mobilePrefixes = `130 131 132 133 134 135 136 137 138 139 147 150 151 152 153 155 156 157 158 159
166 170 171 172 173 175 176 177 178 180 181 182 183 184 185 186 187 188 189 191 193 195 196 197 198 199`

const (
	companyWords = `华星huaxing 云帆yunfan 启明qiming 远航yuanhang 天和tianhe 恒信hengxin 中瀚zhonghan 博远boyuan
东方dongfang 鼎新dingxin 瑞德ruide 宏图hongtu 嘉禾jiahe 锦程jincheng 长风changfeng 万象wanxiang`
	companyTails = "智能科技 精密制造 供应链 新能源 医疗器械 软件 商贸 工程"
	hobbies      = "旅游 阅读 游泳 摄影 羽毛球 书法 登山 烹饪"
	workPlaces   = "总部大楼 未来科技园A座 滨江办公区 张江研发中心 苏州工厂 成都分公司"
)

// line is a line of business: a department below the root, what it splits into,
// and what its people are.
type line struct {
	name   string
	parts  []string
	titles []string
}

var lines = []line{
	{
		"研发中心",
		[]string{"后端开发部", "前端开发部", "移动开发部", "测试部", "架构部", "算法部", "数据平台部", "运维部", "安全部", "嵌入式开发部", "硬件部", "项目管理部"},
		[]string{"软件工程师", "高级软件工程师", "测试工程师", "算法工程师", "架构师", "运维工程师", "技术专家"},
	},
	{
		"销售中心",
		[]string{"华东销售部", "华南销售部", "华北销售部", "华中销售部", "西南销售部", "西北销售部", "东北销售部", "海外销售部", "大客户部", "渠道部", "售前支持部"},
		[]string{"销售经理", "客户经理", "大客户经理", "售前工程师", "销售助理", "渠道经理"},
	},
	{
		"产品中心",
		[]string{"产品规划部", "用户体验部", "交互设计部", "产品运营部", "用户研究部", "行业方案部"},
		[]string{"产品经理", "高级产品经理", "交互设计师", "视觉设计师", "产品运营"},
	},
	{
		"生产制造中心",
		[]string{"一号车间", "二号车间", "三号车间", "装配车间", "注塑车间", "计划调度部", "设备管理部", "工艺部"},
		[]string{"操作工", "技术员", "班组长", "工艺工程师", "设备工程师", "计划员"},
	},
	{
		"市场部",
		[]string{"品牌部", "数字营销部", "活动策划部", "市场研究部", "媒介公关部"},
		[]string{"市场专员", "品牌经理", "策划专员", "市场分析师"},
	},
	{
		"客户服务部",
		[]string{"在线客服部", "售后服务部", "实施交付部", "客户成功部", "培训部"},
		[]string{"客服专员", "实施顾问", "售后工程师", "客户成功经理"},
	},
	{
		"人力资源部",
		[]string{"招聘部", "薪酬福利部", "培训发展部", "员工关系部", "组织发展部"},
		[]string{"人事专员", "招聘经理", "薪酬专员", "人力资源业务伙伴"},
	},
	{
		"财务部",
		[]string{"会计核算部", "资金管理部", "税务部", "成本管理部", "预算管理部"},
		[]string{"会计", "出纳", "财务分析师", "税务专员", "成本会计"},
	},
	{
		"供应链中心",
		[]string{"采购部", "仓储部", "物流部", "供应商管理部", "进出口部"},
		[]string{"采购员", "仓库管理员", "物流专员", "采购工程师"},
	},
	{
		"质量管理部",
		[]string{"来料检验部", "过程质量部", "出货检验部", "体系管理部", "实验室"},
		[]string{"质检员", "质量工程师", "体系工程师", "实验员"},
	},
	{
		"信息技术部",
		[]string{"基础设施部", "应用系统部", "桌面支持部", "信息安全部"},
		[]string{"系统管理员", "网络工程师", "信息安全工程师", "桌面支持工程师"},
	},
	{
		"行政部",
		[]string{"总务部", "车队", "食堂", "安保部", "前台接待"},
		[]string{"行政专员", "前台", "司机", "保安", "厨师"},
	},
	{"法务部", []string{"合同管理部", "知识产权部", "合规部"}, []string{"法务专员", "法律顾问", "合规经理"}},
	{"总裁办公室", []string{"秘书处", "督办部"}, []string{"总裁助理", "秘书", "高级秘书"}},
	{"战略发展部", []string{"投资部", "战略研究部", "企业发展部"}, []string{"战略分析师", "投资经理", "研究员"}},
	{"审计部", []string{"内部审计部", "风险控制部"}, []string{"审计员", "风控经理"}},
}

// offices are where the regions of the sales centre have people.
var offices = map[string][]string{
	"华东销售部": {"上海办事处", "杭州办事处", "南京办事处", "苏州办事处", "合肥办事处", "宁波办事处", "济南办事处"},
	"华南销售部": {"广州办事处", "深圳办事处", "厦门办事处", "福州办事处", "南宁办事处", "东莞办事处"},
	"华北销售部": {"北京办事处", "天津办事处", "石家庄办事处", "太原办事处"},
	"华中销售部": {"武汉办事处", "长沙办事处", "郑州办事处", "南昌办事处"},
	"西南销售部": {"成都办事处", "重庆办事处", "昆明办事处", "贵阳办事处"},
	"西北销售部": {"西安办事处", "兰州办事处", "乌鲁木齐办事处", "银川办事处"},
	"东北销售部": {"沈阳办事处", "大连办事处", "长春办事处", "哈尔滨办事处"},
	"海外销售部": {"亚太组", "欧洲组", "北美组", "拉美组"},
}
